"""`threadkeep serve` as a process of its own, which a test can kill.

def test_nothing_is_lost(start_process):
    process = start_process()
    ...
    process.kill()
    process = start_process()      # on the same database
"""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.support.http import Http
from tests.support.scripted_model import ScriptedModel

START_SECONDS = 30
STOP_SECONDS = 20


class ServerProcess:
    """A server process; it serves once this is made.

    `within` is a command that ends by executing it, `program` what Python is given.
    """

    def __init__(
        self,
        folder: Path,
        upstream: str,
        *flags: str,
        drain_seconds: float = 0.2,
        within: Sequence[str] = (),
        program: Sequence[str] = ("-m", "threadkeep"),
    ) -> None:
        environ = {name: value for name, value in os.environ.items() if not _is_setting(name)}
        command = [*within, sys.executable, *program, "serve", "--port", "0"]
        command += ["--database", f"sqlite:///{folder / 'threadkeep.db'}", *flags]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={
                **environ,
                "PYTHONUNBUFFERED": "1",
                "THREADKEEP_UPSTREAM_URL": upstream,
                "THREADKEEP_DETECT_MODELS": "false",
                "THREADKEEP_ENGINE_DRAIN_SECONDS": str(drain_seconds),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.output: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.base_url = self._url()

    @property
    def http(self) -> Http:
        """Calls with some key."""
        return Http(self.base_url)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it as an operator would; its exit code."""
        return self._end(signal.SIGTERM)

    def begin_to_stop(self) -> None:
        """Ask it to end, and do not wait."""
        self._process.send_signal(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self._process.poll() is None:
            self._process.send_signal(how)
        code = self._process.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.output.append(line)
                self._lines.put(line)
        self._lines.put("")

    def _url(self) -> str:
        while line := self._lines.get(timeout=START_SECONDS):
            if found := re.search(r"http://127\.0\.0\.1:\d+/v1", line):
                return found[0]
        raise RuntimeError(f"the server did not start: {''.join(self.output)}")


StartProcess: TypeAlias = Callable[..., ServerProcess]


@pytest.fixture
def start_process(scripted_model: ScriptedModel, tmp_path: Path) -> Iterator[StartProcess]:
    """Starts server processes, one after the other, on one database."""
    started: list[ServerProcess] = []

    def start(*flags: str, **options: float) -> ServerProcess:
        started.append(ServerProcess(tmp_path, scripted_model.base_url, *flags, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def _is_setting(name: str) -> bool:
    return name.startswith(("THREADKEEP_", "OPENAI_"))
