"""The server of the demo: the real command, as a process of its own."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from threadkeep.errors import ThreadkeepError

PROGRESS = ("Loading", "The model")
LISTENING = re.compile(r"Listening +(http\S+)")
SECONDS_TO_STOP = 20


class DemoError(ThreadkeepError):
    """The demo did not go as it must."""


class DemoServer(msgspec.Struct, frozen=True):
    """A server that listens."""

    base_url: str
    api_key: str


@contextmanager
def running_server(
    flags: Sequence[str], log: Path, on_progress: Callable[[str], None]
) -> Generator[DemoServer]:
    """`threadkeep serve` with these flags, on a free port and with a key of its own, until the end.

    What it logs goes into `log`. Raises `DemoError` with the end of that if it does not start.
    """
    api_key = f"sk-{secrets.token_urlsafe(24)}"
    # -P: a folder of the user's that is called threadkeep is not this package.
    command = [sys.executable, "-P", "-m", "threadkeep", "serve", "--host", "127.0.0.1"]
    with (
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--port", "0", "--api-key", api_key, *flags],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield DemoServer(base_url_of(process, log, on_progress), api_key)
        finally:
            stop(process)


def base_url_of(
    process: subprocess.Popen[str], log: Path, on_progress: Callable[[str], None]
) -> str:
    """Where the server says that it listens; what it says before is how far it has come."""
    assert process.stdout is not None
    for line in process.stdout:
        found = LISTENING.search(line)
        if found is not None:
            return found[1]
        if line.startswith(PROGRESS):
            on_progress(line.strip())
    reason = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
    raise DemoError(" ".join(["the server did not start:", *reason]))


def stop(process: subprocess.Popen[str]) -> None:
    """End the server as Ctrl-C would; a server that does not end is killed."""
    process.terminate()
    try:
        process.communicate(timeout=SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        raise DemoError("the server did not stop") from None
