"""A chat model that says what a test tells it to, over real HTTP, from a thread of its own.

    def test_it_answers(scripted_model):
        gate = Gate()
        scripted_model.reply("Hello", gate, " world")       # waits for gate.open() in between
        scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'))
        scripted_model.fail(429, headers={"retry-after": "1"})
        ...
        assert scripted_model.requests[0].body["model"] == "gpt-4o"

Replies are used in the order in which they were queued; with none queued it says `DEFAULT_TEXT`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.scripted_reply import (
    DEFAULT_USAGE,
    DROP,
    END,
    SILENCE,
    Fault,
    FunctionCall,
    Gate,
    Piece,
    Refusal,
    Reply,
    call,
    completion,
    stream_steps,
)

__all__ = [
    "DEFAULT_TEXT",
    "DROP",
    "END",
    "SILENCE",
    "Gate",
    "RecordedRequest",
    "Reply",
    "ScriptedModel",
    "call",
    "scripted_model",
]

DEFAULT_TEXT = "Hello from the scripted model."


@dataclass
class RecordedRequest:
    """What a client sent. `left` is set when the client went away before its reply was complete."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any = None
    client_port: int = 0
    left: threading.Event = field(default_factory=threading.Event)


class ScriptedModel:
    """The server; `base_url` ends in `/v1`. Use it as a context manager, or the fixture below."""

    def __init__(self, *, port: int = 0, models: tuple[str, ...] = ("scripted-model",)) -> None:
        self.models = list(models)
        self.model_fields: dict[str, dict[str, Any]] = {}
        self.listing: tuple[int, bytes] | None = None
        self.default = Reply(pieces=(DEFAULT_TEXT,))
        self.requests: list[RecordedRequest] = []
        self._port = port
        self._replies: deque[Reply] = deque()
        self._choose: Callable[[dict[str, Any]], Reply | None] | None = None
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="scripted model", daemon=True)
        self._ready = threading.Event()

    # What it shall say ---------------------------------------------------------------------

    def reply(
        self,
        *pieces: Piece,
        finish_reason: str = "stop",
        usage: tuple[int, int] | None = DEFAULT_USAGE,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Queue a reply of text in chunks; see `Piece` for what may stand between them."""
        self.queue(Reply(pieces, finish_reason, usage, headers=headers or {}))

    def call_functions(
        self,
        *calls: tuple[str, str] | FunctionCall,
        text: tuple[Piece, ...] = (),
        usage: tuple[int, int] | None = DEFAULT_USAGE,
    ) -> None:
        """Queue calls of functions, as `(name, arguments)`, after `text`."""
        made = [c if isinstance(c, FunctionCall) else call(*c) for c in calls]
        self.queue(Reply((*text, *made), "tool_calls", usage))

    def refuse(self, *texts: str) -> None:
        """Queue a refusal."""
        self.queue(Reply([Refusal(text) for text in texts]))

    def fail(
        self,
        status: int,
        message: str = "It failed.",
        *,
        headers: dict[str, str] | None = None,
        type: str = "server_error",
        code: str | None = None,
    ) -> None:
        """Queue an HTTP error with an OpenAI error body."""
        error = {"message": message, "type": type, "param": None, "code": code}
        body = json.dumps({"error": error}).encode()
        self.queue(Reply(status=status, headers=headers or {}, body=body))

    def garbage(
        self, body: bytes, *, status: int = 200, content_type: str = "text/event-stream"
    ) -> None:
        """Queue a body as it is, whatever it is."""
        self.queue(Reply(status=status, headers={"content-type": content_type}, body=body))

    def queue(self, reply: Reply) -> None:
        """Queue any reply."""
        self._replies.append(reply)

    def answer(self, choose: Callable[[dict[str, Any]], Reply | None]) -> None:
        """Let `choose` look at each request's body; None takes the next queued reply."""
        self._choose = choose

    @property
    def unused_replies(self) -> int:
        """How many queued replies nobody asked for yet."""
        return len(self._replies)

    @property
    def chat_requests(self) -> list[RecordedRequest]:
        """The requests for replies, in the order in which they came."""
        return [request for request in self.requests if request.method == "POST"]

    # The server ----------------------------------------------------------------------------

    def __enter__(self) -> ScriptedModel:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the scripted model did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._port

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://127.0.0.1:{self._port}/v1"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(self._connection, "127.0.0.1", self._port, backlog=2048)
        )
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._connections:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._connections, return_exceptions=True))
        self._loop.close()

    def _connection(self) -> _Connection:
        return _Connection(self._loop, self._serve)

    def _serve(self, connection: _Connection) -> None:
        task = self._loop.create_task(self._serve_all(connection))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve_all(self, connection: _Connection) -> None:
        try:
            while await self._serve_one(connection):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            connection.writer.close()

    async def _serve_one(self, connection: _Connection) -> bool:
        """Answer one request; whether the connection can take another."""
        request, writer = await _read_request(connection.reader), connection.writer
        request.client_port = writer.get_extra_info("peername")[1]
        self.requests.append(request)
        if request.method == "GET" and request.path.endswith("/models"):
            _write_whole(writer, *(self.listing or (200, json.dumps(self._listing()).encode())))
            return True
        if request.method != "POST" or not request.path.endswith("/chat/completions"):
            _write_whole(writer, 404, b'{"error":{"message":"Unknown path."}}')
            return True
        return await self._reply_while_wanted(request, connection)

    def _listing(self) -> dict[str, Any]:
        fields = {"object": "model", "owned_by": "scripted"}
        listed = [{"id": name, **fields, **self.model_fields.get(name, {})} for name in self.models]
        return {"object": "list", "data": listed}

    async def _reply_while_wanted(self, request: RecordedRequest, connection: _Connection) -> bool:
        """Send the reply, and stop when the client leaves."""
        replying = self._loop.create_task(self._reply_to(request, connection.writer))
        leaving = self._loop.create_task(connection.left.wait())
        try:
            await asyncio.wait((replying, leaving), return_when=asyncio.FIRST_COMPLETED)
            if replying.done():
                return replying.result()
            request.left.set()
            return False
        finally:
            replying.cancel()
            leaving.cancel()

    async def _reply_to(self, request: RecordedRequest, writer: asyncio.StreamWriter) -> bool:
        reply = self._next_reply(request.body)
        if reply.body is not None:
            _write_whole(writer, reply.status, reply.body, reply.headers)
            return True
        if not request.body.get("stream"):
            return await _write_completion(writer, reply, request.body["model"])
        options = request.body.get("stream_options") or {}
        steps = stream_steps(
            reply, request.body["model"], with_usage=bool(options.get("include_usage"))
        )
        return await _write_stream(writer, reply, steps)

    def _next_reply(self, body: dict[str, Any]) -> Reply:
        chosen = self._choose(body) if self._choose else None
        if chosen is not None:
            return chosen
        return self._replies.popleft() if self._replies else self.default


class _Connection(asyncio.StreamReaderProtocol):
    """A connection of a client, which tells when that client has left."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, serve: Callable[[_Connection], None]
    ) -> None:
        self.reader = asyncio.StreamReader(limit=2**24, loop=loop)
        self.left = asyncio.Event()
        self._serve = serve
        super().__init__(self.reader, self._connected, loop=loop)

    def _connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._serve(self)

    def eof_received(self) -> bool | None:
        self.left.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.left.set()
        super().connection_lost(exc)


async def _read_request(reader: asyncio.StreamReader) -> RecordedRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    return RecordedRequest(method, path, headers, json.loads(raw) if raw else None)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Scripted",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _write_whole(
    writer: asyncio.StreamWriter, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    length = {"content-length": str(len(body))}
    all_headers = {"content-type": "application/json", **length, **(headers or {})}
    writer.write(_head(status, all_headers) + body)


async def _write_completion(writer: asyncio.StreamWriter, reply: Reply, model: str) -> bool:
    for piece in reply.pieces:
        if not await _wait_at(piece, writer):
            return False
    _write_whole(writer, 200, completion(reply, model), reply.headers)
    return True


async def _write_stream(
    writer: asyncio.StreamWriter, reply: Reply, steps: Iterator[bytes | Piece]
) -> bool:
    first = reply.pieces[0] if reply.pieces else None
    if first in (DROP, SILENCE) or isinstance(first, Gate):
        next(steps)  # what happens at the very start happens before the status line
        if not await _wait_at(next(steps), writer):
            return False
    headers = {"content-type": "text/event-stream", "transfer-encoding": "chunked", **reply.headers}
    writer.write(_head(reply.status, headers))
    for step in steps:
        if isinstance(step, bytes):
            writer.write(b"%x\r\n%b\r\n" % (len(step), step))
            await writer.drain()
        elif step is END:
            break
        elif not await _wait_at(step, writer):
            return False
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


async def _wait_at(piece: Any, writer: asyncio.StreamWriter) -> bool:
    """Do what is not text: wait, or fail. Whether the reply goes on."""
    match piece:
        case Gate():
            await piece.passed()
        case float() | int():
            await asyncio.sleep(piece)
        case Fault.SILENCE:
            await asyncio.Event().wait()
        case Fault.DROP:
            writer.transport.abort()
            return False
        case _:
            pass
    return True


@pytest.fixture
def scripted_model() -> Iterator[ScriptedModel]:
    """A running scripted model."""
    with ScriptedModel() as model:
        yield model
