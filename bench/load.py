"""Requests by many callers at once, each on a connection of its own, as cheaply as Python can send them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

from bench.processes import cpu_of

CALLERS: Final = 64
TEXT: Final = "Some words. " * 12
MESSAGE: Final = b'{"role":"user","content":"%b"}' % TEXT.encode()
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

MakeRequest = Callable[[], bytes]
ProtocolT = TypeVar("ProtocolT", bound=asyncio.Protocol)


class Taken(NamedTuple):
    """What a number of requests took: seconds of all, CPU seconds of the server for each, and how long each took."""

    wall: float
    cpu: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.wall


def request_bytes(method: str, url: str, body: bytes = b"", *headers: bytes) -> bytes:
    """An HTTP request as it travels."""
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [
        f"{method} {path} HTTP/1.1\r\nhost: {parts.netloc}".encode(),
        b"content-type: application/json\r\nauthorization: Bearer any",
        b"content-length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Caller(asyncio.Protocol):
    """Sends a request, waits for the whole answer, and so on until there are none left."""

    def __init__(self, next_request: Callable[[], bytes | None], latencies: list[float]) -> None:
        self._next_request = next_request
        self._latencies = latencies
        self._received = b""
        self._began = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.last_answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or (length and len(body) < int(length[1])):
            return
        self._latencies.append(time.perf_counter() - self._began)
        if not head.startswith(b"HTTP/1.1 200"):
            self._finish(RuntimeError(self._received.decode()))
            return
        self.last_answer, self._received = body, b""
        self._send()

    def _send(self) -> None:
        request = self._next_request()
        if request is None:
            self._finish(None)
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def _finish(self, error: Exception | None) -> None:
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()


async def ask(url: str, body: bytes = b"", method: str = "POST") -> bytes:
    """The body of one answer."""
    caller = await _connected(iter([request_bytes(method, url, body)]), url, [])
    await caller.done
    return caller.last_answer


async def load(url: str, make: MakeRequest, count: int, callers: int, pid: int) -> Taken:
    """Send `count` requests to the server of `url`, which is the process `pid`."""
    requests = (make() for _ in range(count))
    latencies: list[float] = []
    before, began = cpu_of(pid), time.perf_counter()
    some = await asyncio.gather(*(_connected(requests, url, latencies) for _ in range(callers)))
    await asyncio.gather(*(caller.done for caller in some))
    wall = time.perf_counter() - began
    return Taken(wall, (cpu_of(pid) - before) / count, latencies)


async def _connected(requests: Iterator[bytes], url: str, latencies: list[float]) -> Caller:
    return await connect(url, lambda: Caller(lambda: next(requests, None), latencies))


async def connect(url: str, make: Callable[[], ProtocolT]) -> ProtocolT:
    """A new connection to where a URL leads."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(make, parts.hostname, parts.port)
    return protocol
