"""A real HTTP server that answers what a test tells it to, in that order, and remembers what it was asked.

def test_it(canned_server):
    canned_server.replies(Reply(THREAD))
    ...
    assert canned_server.requests[0].json == {}
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest


class Reply(msgspec.Struct, frozen=True):
    """What to answer: JSON, or bytes as they are; several chunks are sent one by one."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = {}
    chunks: Sequence[bytes] | None = None
    then_drop: bool = False
    """Break the connection after the chunks, without an end."""
    then_stall: bool = False
    """Say nothing after the chunks until the test is over, or the client hangs up."""


DROP = Reply(then_drop=True)
"""No answer at all: the connection is broken."""


def event_stream(*events: tuple[str, Any]) -> Reply:
    """An event stream of these names and objects, with `done` at its end."""
    blocks = [sse(name, data) for name, data in events]
    return raw_stream(*blocks, b"event: done\ndata: [DONE]\n\n")


def raw_stream(*chunks: bytes, then_drop: bool = False, then_stall: bool = False) -> Reply:
    """An event stream of these bytes."""
    headers = {"content-type": "text/event-stream; charset=utf-8", "x-request-id": "req_stream"}
    return Reply(chunks=chunks, headers=headers, then_drop=then_drop, then_stall=then_stall)


def sse(name: str, data: Any, id: str | None = None) -> bytes:
    """One event as bytes."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    number = "" if id is None else f"id: {id}\n"
    return f"{number}event: {name}\ndata: {text}\n\n".encode()


class Asked(msgspec.Struct, frozen=True):
    """A request that came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class CannedServer:
    """Answers with the replies it was given; the last one is given again and again."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self._replies: deque[Reply] = deque()
        self._server = _HttpServer(self.take)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def replies(self, *replies: Reply) -> None:
        """From now on answer these."""
        self._replies = deque(replies)

    def take(self, asked: Asked) -> Reply:
        """Remember the request, and give what it is answered with."""
        self.requests.append(asked)
        return self._replies.popleft() if len(self._replies) > 1 else self._replies[0]

    def __enter__(self) -> CannedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, take: Callable[[Asked], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.take = take

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, _HttpServer)
        self._send(self.server.take(self._asked()))

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _asked(self) -> Asked:
        headers = {name.lower(): value for name, value in self.headers.items()}
        chunked = headers.get("transfer-encoding") == "chunked"
        length = int(headers.get("content-length", 0))
        body = self._chunked() if chunked else self.rfile.read(length)
        return Asked(self.command, self.path, headers, body)

    def _chunked(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, reply: Reply) -> None:
        if reply.then_drop and not reply.chunks:
            self._drop()
            return
        self.send_response(reply.status)
        headers = {"content-type": "application/json", "x-request-id": "req_1", **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        if reply.chunks is None:
            self._send_whole(_bytes(reply.body))
        else:
            self._send_chunks(reply.chunks)
            if reply.then_stall:
                self.rfile.read(1)
            self._drop() if reply.then_drop else self.wfile.write(b"0\r\n\r\n")

    def _send_whole(self, body: bytes) -> None:
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_chunks(self, chunks: Sequence[bytes]) -> None:
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def canned_server() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server
