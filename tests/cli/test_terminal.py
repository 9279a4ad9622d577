"""What only a terminal sees: prompts, colours, Ctrl-C and Ctrl-D."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import plain_environ
from tests.support.conversation import new_thread
from tests.support.running_server import RunningServer
from tests.support.scripted_model import Gate, ScriptedModel

PATIENCE_SECONDS = 30
BOLD = "\x1b[1m"


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, process: subprocess.Popen[bytes], side: int) -> None:
        self.process = process
        self.shown = ""
        self._side = side

    def wait_for(self, pattern: str) -> str:
        """What was shown up to here, once it has `pattern` in it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := re.search(pattern, self.shown)) is None:
            assert time.monotonic() < deadline, self.shown
            if select.select([self._side], [], [], 1)[0]:
                self.shown += os.read(self._side, 4096).decode()
        shown, self.shown = self.shown[: found.end()], self.shown[found.end() :]
        return shown

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._side, text.encode())


@contextmanager
def terminal(folder: Path, *arguments: str, **environ: str) -> Iterator[Terminal]:
    with program_in_terminal(folder, "-m", "threadkeep", *arguments, **environ) as command:
        yield command


@contextmanager
def program_in_terminal(folder: Path, *arguments: str, **environ: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=plain_environ(folder, TERM="xterm", **environ),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_a_chat_is_prompted_and_tells_how_to_go_on(
    tmp_path: Path, running_server: RunningServer, scripted_model: ScriptedModel
):
    scripted_model.reply("Hello.")
    with terminal(tmp_path, "chat", "--base-url", running_server.base_url) as chat:
        chat.wait_for("Ctrl-D ends it")
        chat.wait_for("> ")
        chat.type("Hi\n")
        chat.wait_for(r"Hello\.\s+> ")
        chat.type("\x04")
        shown = chat.wait_for("--base-url")
        assert re.search("Go on with it: threadkeep chat --thread thread_", shown)
        assert chat.process.wait(PATIENCE_SECONDS) == 0


def test_ctrl_c_stops_an_answer_and_the_chat_goes_on(
    tmp_path: Path, running_server: RunningServer, scripted_model: ScriptedModel
):
    scripted_model.reply("Once upon", Gate(), " a time.")
    scripted_model.reply("Another.")
    thread = new_thread(running_server.http)
    arguments = ("chat", "--thread", thread, "--base-url", running_server.base_url)
    with terminal(tmp_path, *arguments) as chat:
        chat.wait_for("> ")
        chat.type("Tell me a story\n")
        chat.wait_for("Once upon")
        chat.process.send_signal(signal.SIGINT)
        chat.wait_for(r"\[cancelled\]")
        chat.type("Something else\n")
        chat.wait_for(r"Another\.\s+> ")
        chat.type("\x04")
        assert chat.process.wait(PATIENCE_SECONDS) == 0
    statuses = [
        run["status"] for run in running_server.http.ok("GET", f"/threads/{thread}/runs")["data"]
    ]
    assert statuses == ["completed", "cancelled"]


@pytest.mark.parametrize(("environ", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
@pytest.mark.parametrize("arguments", [("doctor",), ("demo", "--model", "nix")])
def test_colours_are_for_those_who_want_them(tmp_path: Path, arguments, environ, is_coloured):
    with terminal(tmp_path, *arguments, **environ) as command:
        shown = command.wait_for("Problem|did not start")
    assert (BOLD in shown) is is_coloured


def test_ctrl_c_ends_a_server_in_order(tmp_path: Path):
    with terminal(tmp_path, "serve", "--port", "0") as server:
        server.wait_for("Ctrl-C")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(PATIENCE_SECONDS) == 0


def test_ctrl_c_ends_a_command_that_waits(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with terminal(tmp_path, "threads", "list", "--base-url", url) as command:
            connection, _ = silent.accept()
            with connection:
                command.process.send_signal(signal.SIGINT)
                assert command.process.wait(PATIENCE_SECONDS) == 130


PULL = """
from threadkeep.cli.progress import shown_progress
with shown_progress("A model") as on_progress:
    for done in (0, 50, 100):
        on_progress(done * 1_000_000, 100_000_000)
print("ready")
"""


def test_a_download_is_a_bar_in_a_terminal_and_some_lines_elsewhere(tmp_path: Path):
    with program_in_terminal(tmp_path, "-c", PULL) as program:
        assert "100.0/100.0 MB" in program.wait_for("ready")
    done = subprocess.run(
        [sys.executable, "-c", PULL], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stderr.splitlines() == [f"A model: {n} of 100 MB" for n in (0, 50, 100)]
