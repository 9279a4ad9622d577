"""The embedded server: one process on one SQLite file, at one address, which dies and comes back."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.chaos.clients import Clients
from tests.support.server_process import ServerProcess

LONGEST_LIFE_SECONDS = 1.0


class EmbeddedServer:
    """`start` and `kill` take turns; the address stays the same."""

    def __init__(self, folder: Path, upstream: str, *flags: str, **options: Sequence[str]) -> None:
        self._folder = folder
        self._upstream = upstream
        self._flags = flags
        self._options = options
        self._port = free_port()
        self._process: ServerProcess | None = None

    @property
    def url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def process(self) -> ServerProcess:
        """The process that runs now."""
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        """Return once it serves."""
        flags = ("--port", str(self._port), "--log-level", "warning", *self._flags)
        start = partial(ServerProcess, **self._options)
        self._process = await asyncio.to_thread(start, self._folder, self._upstream, *flags)

    async def kill(self) -> None:
        """End it with -9."""
        await asyncio.to_thread(self.process.kill)

    async def stop(self) -> None:
        """End it as an operator would."""
        await asyncio.to_thread(self.process.stop)


async def kill_again_and_again(
    server: EmbeddedServer, clients: Clients, kills: int, *, seed: int
) -> None:
    """Kill it at any moment, but not before it did something."""
    chance = random.Random(seed)
    for _ in range(kills):
        await clients.reach(ended=1)
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
        await server.kill()
        await server.start()


def free_port() -> int:
    """A port where nobody listens, outside the range from which the system gives clients theirs."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
