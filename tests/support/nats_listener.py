"""`python -m tests.support.nats_listener URL`: a node in a process of its own, which tells each payload it hears.

On "flood" it listens as well and tells nothing.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadkeep.bus.nats import NatsBus

PREFIX = "test"
LISTENING = b"listening"


@contextmanager
def listener(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process, once it listens on "ev.run_1"."""
    command = [sys.executable, "-m", "tests.support.nats_listener", url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert line_of(process) == LISTENING
        yield process
    finally:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[bytes]) -> bytes:
    """The next that it tells."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip()


def _tell(payload: bytes) -> None:
    sys.stdout.buffer.write(payload + b"\n")
    sys.stdout.buffer.flush()


async def _listen(url: str) -> None:
    bus = NatsBus(url, prefix=PREFIX)
    await bus.start()
    await bus.subscribe("flood", lambda _: None)
    await bus.subscribe("ev.run_1", _tell)
    _tell(LISTENING)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_listen(sys.argv[1]))
