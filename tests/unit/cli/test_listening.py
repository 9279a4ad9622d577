"""How connections are taken in while much else goes on."""

from __future__ import annotations

import asyncio
import socket

from threadkeep.cli.listening import ACCEPTED_TOGETHER, open_socket, repeated
from threadkeep.server.event_loop import loop_factory


class _Accepted(asyncio.Protocol):
    def __init__(self, connections: list[asyncio.BaseTransport]) -> None:
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.append(transport)


async def _passes_until_accepted(listeners: list[socket.socket], callers: int) -> int:
    """How often the event loop goes round until all who wait have been taken in."""
    loop = asyncio.get_running_loop()
    connections: list[asyncio.BaseTransport] = []
    servers = [
        await loop.create_server(lambda: _Accepted(connections), sock=each) for each in listeners
    ]
    passes = 0
    while len(connections) < callers:
        passes += 1
        await asyncio.sleep(0)
    for each in (*servers, *connections):
        each.close()
    return passes


def test_who_comes_at_the_same_moment_does_not_wait_for_a_pass_of_the_loop_each():
    with open_socket("127.0.0.1", 0, "--port") as listener:
        address = listener.getsockname()
        callers = [socket.create_connection(address) for _ in range(4 * ACCEPTED_TOGETHER)]
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            passes = runner.run(_passes_until_accepted(repeated(listener), len(callers)))
        for caller in callers:
            caller.close()

    assert passes <= 1 + len(callers) / ACCEPTED_TOGETHER
