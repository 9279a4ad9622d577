"""A node: a process of a cluster, to be killed, frozen and started again, with ways of its own to all others."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.chaos.shifting_clock import set_clock
from tests.support.tcp_proxy import TCPProxy

_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0
_LAST_OF_WELCOME: Final = "Stop it"


class Node:
    """One process. `arguments` are what Python is given; all addresses stand in `settings`."""

    def __init__(
        self,
        arguments: Sequence[str],
        settings: Mapping[str, str],
        folder: Path,
        *,
        way: TCPProxy,
        bus_way: TCPProxy,
        clock_file: Path,
        port: int | None = None,
    ) -> None:
        self.way = way
        """Its way to the database, which can be cut."""
        self.bus_way = bus_way
        """Its way to NATS."""
        self._clock_file = clock_file
        self.port = port
        self.output: list[str] = []
        """What it has said, over all its lives."""
        self._command = [sys.executable, *arguments]
        inherited = {name: value for name, value in os.environ.items() if not _is_setting(name)}
        self._environment = {**inherited, **settings, "PYTHONUNBUFFERED": "1"}
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._is_ready = threading.Event()

    @property
    def url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def worker_id(self) -> str:
        """What the database knows the worker by that it is, in its last life, once it is `ready`."""
        return re.findall(r"^Worker +(\S+)", "".join(self.output), re.MULTILINE)[-1]

    def start(self) -> None:
        """Let it begin; it is at work somewhat later, once it is `ready`."""
        self._is_ready = threading.Event()
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        listening = (self._process, self._is_ready)
        threading.Thread(target=self._listen, args=listening, daemon=True).start()

    async def ready(self) -> None:
        """Return once it is at work."""
        if not await asyncio.to_thread(self._is_ready.wait, _START_SECONDS):
            raise TimeoutError(f"it did not start: {''.join(self.output)}")

    def kill(self) -> None:
        """End it with -9."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def set_clock(self, seconds: float) -> None:
        """From now on its clock is wrong by so much, if it has one of its own."""
        set_clock(self._clock_file, seconds)

    async def stop(self) -> int:
        """End it as an operator would; its exit code."""
        assert self._process is not None
        self._signal(signal.SIGTERM)
        return await asyncio.to_thread(self._process.wait, _STOP_SECONDS)

    def freeze(self) -> None:
        """Let it do nothing, while its connections stay."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _listen(self, process: subprocess.Popen[str], is_ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.output.append(line)
                if line.startswith(_LAST_OF_WELCOME):
                    is_ready.set()


def _is_setting(name: str) -> bool:
    return name.startswith(("THREADKEEP_", "OPENAI_"))
