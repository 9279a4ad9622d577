"""A way between two programs that a test can cut: a TCP proxy in a thread of its own.

with TCPProxy(port_of_the_server) as way:
    ...                         # clients use way.port
    way.cut()                   # nothing gets through, and nobody is told
    way.mend()
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self

_PART_BYTES = 65536


class TCPProxy:
    """Listens on `port` of the loopback and passes everything on to `target`, unless it was told otherwise."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.lost_answers = 0
        """How many answers were swallowed."""
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_open = asyncio.Event()
        self._to_lose: tuple[bytes, int] = (b"", 0)

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Let nothing through any more, in either direction; connections stay open, new ones are never answered."""
        self._loop.call_soon_threadsafe(self._is_open.clear)

    def mend(self) -> None:
        """Let everything through again, also what was held back."""
        self._loop.call_soon_threadsafe(self._is_open.set)

    def drop(self) -> None:
        """Break all connections."""
        self._call(self._drop())

    def lose_answers(self, request: bytes, times: int) -> None:
        """Of so many requests that contain these bytes, swallow the answer and break the connection."""
        self._to_lose = (request, times)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._is_open.set()
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        self._is_open.set()
        while self._writers:
            await self._drop()
            await asyncio.sleep(0)

    async def _drop(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        self._writers.add(writer)
        await self._is_open.wait()
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
        else:
            self._writers.add(there)
            connection = _Connection()
            await asyncio.gather(
                self._requests(connection, reader, there),
                self._answers(connection, there_reader, writer),
            )
            self._writers.discard(there)
        self._writers.discard(writer)

    async def _requests(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while part := await reader.read(_PART_BYTES):
                await self._is_open.wait()
                request, times = self._to_lose
                if times and request in part:
                    self._to_lose = (request, times - 1)
                    connection.loses_answer = True
                writer.write(part)
                await writer.drain()
        writer.close()

    async def _answers(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while part := await reader.read(_PART_BYTES):
                await self._is_open.wait()
                if connection.loses_answer:
                    self.lost_answers += 1
                    writer.transport.abort()
                    return
                writer.write(part)
                await writer.drain()
        writer.close()


class _Connection:
    """What is to become of a connection."""

    def __init__(self) -> None:
        self.loses_answer = False
