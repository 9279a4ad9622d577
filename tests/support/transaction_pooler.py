"""A pooler like PgBouncer in transaction mode: many clients share a few connections to the server.

Whoever begins a transaction is given the connection that has been idle for longest, until the transaction ends; nothing
is reset in between. So each statement of a client that holds on to a session would meet another one.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, NamedTuple, Self

_PROTOCOL: Final = 196_608
_SSL_REQUEST: Final = 80_877_103
_CANCEL_REQUEST: Final = 80_877_102
_KNOWN_PARAMETERS: Final = {"user", "database", "client_encoding", "application_name"}
_WAITS_FOR_ANSWER: Final = (b"S", b"Q")
_IDLE: Final = b"I"
_FAKE_KEY: Final = 1  # no backend has this process id


class _Message(NamedTuple):
    type: bytes
    body: bytes

    @property
    def wire(self) -> bytes:
        return self.type + struct.pack("!i", len(self.body) + 4) + self.body


class _Server:
    """A connection to the server, and what that said when it was opened."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.greeting = b""
        self._unanswered = 1  # the startup

    async def open(self, startup: bytes) -> None:
        self.writer.write(startup)
        greeting: list[bytes] = []
        await self.pass_on_answers(greeting.append)
        self.greeting = _with_fake_key(b"".join(greeting))

    def ask(self, message: _Message) -> None:
        self.writer.write(message.wire)
        self._unanswered += message.type in _WAITS_FOR_ANSWER

    async def pass_on_answers(self, to: Callable[[bytes], None]) -> None:
        """Until all is answered and no transaction is open."""
        state = b""
        while self._unanswered or state != _IDLE:
            message = await _read_message(self._reader)
            to(message.wire)
            if message.type == b"Z":
                self._unanswered -= 1
                state = message.body


class _Client:
    """A connection from a client; what it sends is read ahead by one message."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.next = asyncio.ensure_future(self._read())

    def take(self) -> _Message | None:
        """The message that has come; None if the client leaves."""
        message = self.next.result()
        if message is not None:
            self.next = asyncio.ensure_future(self._read())
        return message

    async def _read(self) -> _Message | None:
        with suppress(OSError, asyncio.IncompleteReadError):
            message = await _read_message(self._reader)
            return None if message.type == b"X" else message
        return None


class TransactionPooler:
    """Listens on `port` of the loopback, and has at most `servers` connections to each database of `target`."""

    def __init__(self, target: int, servers: int = 2) -> None:
        self.port = 0
        self.handed_out = 0
        """How many transactions there were."""
        self._target = target
        self._servers = servers
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="pooler", daemon=True)
        self._opened: defaultdict[str, int] = defaultdict(int)
        self._idle: defaultdict[str, asyncio.Queue[_Server]] = defaultdict(asyncio.Queue)

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._listener.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for queue in self._idle.values():
            while not queue.empty():
                queue.get_nowait().writer.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            startup = await _read_startup(reader, writer)
            if startup is not None:
                await self._serve(startup, reader, writer)
        writer.close()

    async def _serve(
        self, startup: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """A client, to its end."""
        parameters = _parameters(startup)
        if unknown := parameters.keys() - _KNOWN_PARAMETERS:
            writer.write(_refusal(f"unsupported startup parameter: {unknown.pop()}"))
            return
        database = parameters["database"]
        server = await self._take(database, startup)
        writer.write(server.greeting)
        self._give_back(database, server)
        client = _Client(reader, writer)
        while await client.next is not None:
            server = await self._take(database, startup)
            self.handed_out += 1
            if not await _pass_on_transaction(client, server):
                self._opened[database] -= 1
                server.writer.close()
                return
            self._give_back(database, server)

    async def _take(self, database: str, startup: bytes) -> _Server:
        if self._opened[database] == self._servers:
            return await self._idle[database].get()
        self._opened[database] += 1
        server = _Server(*await asyncio.open_connection("127.0.0.1", self._target))
        await server.open(startup)
        return server

    def _give_back(self, database: str, server: _Server) -> None:
        self._idle[database].put_nowait(server)


async def _read_startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
    """What the client asks for, after it was told that there is no TLS; None if it only wants to cancel something."""
    while True:
        head = await reader.readexactly(8)
        length, code = struct.unpack("!ii", head)
        rest = await reader.readexactly(length - 8)
        if code == _CANCEL_REQUEST:
            return None
        if code == _SSL_REQUEST:
            writer.write(b"N")
        else:
            assert code == _PROTOCOL
            return head + rest


async def _pass_on_transaction(client: _Client, server: _Server) -> bool:
    """Whether it came to its end; if the client left, or either connection broke, it did not."""
    answers = asyncio.ensure_future(server.pass_on_answers(client.writer.write))
    while not answers.done():
        if client.next.done():
            message = client.take()
            if message is None:
                answers.cancel()
                return False
            server.ask(message)
        await asyncio.wait({answers, client.next}, return_when=asyncio.FIRST_COMPLETED)
    return answers.exception() is None


async def _read_message(reader: asyncio.StreamReader) -> _Message:
    head = await reader.readexactly(5)
    (length,) = struct.unpack("!i", head[1:])
    return _Message(head[:1], await reader.readexactly(length - 4))


def _parameters(startup: bytes) -> dict[str, str]:
    parts = startup[8:].rstrip(b"\0").decode().split("\0")
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _with_fake_key(greeting: bytes) -> bytes:
    """The pooler's own process id in place of the server's."""
    key = greeting.index(b"K\0\0\0\x0c")
    return greeting[: key + 5] + struct.pack("!i", _FAKE_KEY) + greeting[key + 9 :]


def _refusal(reason: str) -> bytes:
    return _Message(b"E", f"SFATAL\0C08P01\0M{reason}\0\0".encode()).wire
