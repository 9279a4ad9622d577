"""How answers are written: as often as they have to be, and whole."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.live_server import live_server
from threadkeep.server.http_protocol import HttpProtocol

HEADERS = [(b"content-length", b"2")]


class Counted(asyncio.Transport):
    """A transport that notes what is written at once."""

    def __init__(self, transport: asyncio.Transport, writes: list[bytes]) -> None:
        super().__init__()
        self._transport = transport
        self._writes = writes

    def __getattribute__(self, name: str) -> Any:
        if name in ("write", "writelines", "_transport", "_writes"):
            return super().__getattribute__(name)
        return getattr(self._transport, name)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._writes.append(bytes(data))
        self._transport.write(data)

    def writelines(self, list_of_data: Any) -> None:
        self._writes.append(b"".join(list_of_data))
        self._transport.writelines(list_of_data)


@contextmanager
def served(app: Any) -> Iterator[tuple[socket.socket, list[bytes]]]:
    """A connection to `app`, and all that it writes."""
    writes: list[bytes] = []

    class Protocol(HttpProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            super().connection_made(Counted(transport, writes))

    with live_server(app, http=Protocol) as url:
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            yield connection, writes


def begin(headers: list[tuple[bytes, bytes]] = HEADERS) -> dict[str, Any]:
    return {"type": "http.response.start", "status": 200, "headers": headers}


def body(data: bytes, *, more_body: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more_body}


def ask(connection: socket.socket, method: str = "GET", *headers: str) -> None:
    lines = [f"{method} / HTTP/1.1", "host: here", *headers]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())


def read_until(connection: socket.socket, end: bytes) -> bytes:
    read = b""
    while not read.endswith(end):
        part = connection.recv(65536)
        assert part, read
        read += part
    return read


async def whole(scope: Any, receive: Any, send: Any) -> None:
    await send(begin())
    await send(body(b"ok"))


def test_an_answer_is_one_write():
    with served(whole) as (connection, writes):
        for _ in range(3):
            ask(connection)
            read_until(connection, b"\r\n\r\nok")

    assert len(writes) == 3


def test_a_head_goes_out_with_the_first_that_follows_and_each_of_the_rest_by_itself():
    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send(begin([]))
        for data in (b"", b"one", b"two"):
            await send(body(data, more_body=True))
        await send(body(b""))

    with served(stream) as (connection, writes):
        ask(connection)
        read_until(connection, b"0\r\n\r\n")

    head, *rest = writes
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert rest == [b"3\r\none\r\n", b"3\r\ntwo\r\n", b"0\r\n\r\n"]


def test_an_answer_to_head_is_sent_though_nothing_follows():
    with served(whole) as (connection, _):
        ask(connection, "HEAD")
        read_until(connection, b"content-length: 2\r\n\r\n")
        ask(connection)
        read_until(connection, b"\r\n\r\nok")


def test_whoever_waits_to_be_told_to_continue_is():
    async def reader(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == b"hi"
        await whole(scope, receive, send)

    with served(reader) as (connection, _):
        ask(connection, "POST", "content-length: 2", "expect: 100-continue")
        assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hi")
        read_until(connection, b"\r\n\r\nok")


@pytest.mark.parametrize("fails", [False, True])
def test_a_head_that_nothing_follows_is_sent_before_the_connection_ends(fails: bool):
    async def beginner(scope: Any, receive: Any, send: Any) -> None:
        await send(begin())
        if fails:
            raise ValueError

    with served(beginner) as (connection, _):
        ask(connection)
        read_until(connection, b"content-length: 2\r\n\r\n")
        assert connection.recv(1) == b""
