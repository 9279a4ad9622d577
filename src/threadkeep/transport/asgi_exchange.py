"""One request to an ASGI application and its response: what both sides see of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    MutableMapping,
)
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from threadkeep.transport import Request
from threadkeep.transport.bodies import async_chunks
from threadkeep.transport.failure import connection_error, timeout_error

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApplication: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_MOST_BYTES_AHEAD = 65_536
"""How far the application may be ahead of the reader before its `send` waits."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PORTS = {"http": 80, "https": 443}


class Exchange:
    """Stands between the task of the application and the task that sent the request."""

    def __init__(self, request: Request) -> None:
        self.scope = _scope(request)
        self.status = 0
        self.headers: dict[str, str] = {}
        self._request = request
        self._chunks: list[bytes] = []
        self._bytes_ahead = 0
        self._is_complete = False
        self._failure: BaseException | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._over = asyncio.Event()
        self._body: bytes | AsyncIterator[bytes] | None = _request_body(request)
        self._deadline = _after(request.timeout.total)

    # The application's side.

    async def receive(self) -> Message:
        """Give the next part of the request, then that nobody waits for the response any more."""
        if self._body is not None and not self._over.is_set():
            try:
                return await self._request_part(self._body)
            except Exception as error:
                self._fail(error)
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a part of the response; what comes when nobody waits any more is dropped."""
        if self._over.is_set():
            # An application that streams without looking must not hold up the event loop.
            await asyncio.sleep(0)
        elif message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = _joined(message.get("headers", ()))
            self._news.set()
        elif message["type"] == "http.response.body":
            await self._send_body(message.get("body", b""), message.get("more_body", False))

    def break_off(self, reason: str, cause: Exception | None = None) -> bool:
        """End a response that is not complete; tell if there was anyone to hear of it."""
        if self._over.is_set():
            return False
        failure = connection_error(self._request, reason)
        failure.__cause__ = cause
        self._fail(failure)
        return True

    # The side of the sender of the request.

    async def started(self) -> None:
        """Wait for status and headers."""
        await self._wait_until(lambda: self.status != 0)

    async def arrival(self) -> bytes:
        """Give all bytes that have come since, or wait for some; empty at the end."""
        await self._wait_until(lambda: bool(self._chunks) or self._is_complete)
        chunk = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._bytes_ahead = 0
        self._room.set()
        return chunk

    def leave(self) -> None:
        """Wait for nothing more; the application is told."""
        self._chunks.clear()
        self._fail(connection_error(self._request, "the response was left"))

    async def _send_body(self, chunk: bytes, more: bool) -> None:  # noqa: FBT001 - ASGI's own flag
        if chunk and self._request.method != "HEAD":
            self._chunks.append(bytes(chunk))
            self._bytes_ahead += len(chunk)
        if not more:
            self._is_complete = True
            self._over.set()
        self._news.set()
        if more and self._bytes_ahead > _MOST_BYTES_AHEAD:
            self._room.clear()
            await self._room.wait()

    async def _request_part(self, body: bytes | AsyncIterator[bytes]) -> Message:
        if isinstance(body, bytes):
            self._body = None
            return {"type": "http.request", "body": body, "more_body": False}
        chunk = await anext(body, None)
        if chunk is None:
            self._body = None
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    def _fail(self, failure: BaseException) -> None:
        self._failure = failure
        self._news.set()
        self._room.set()
        self._over.set()

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
        if self._deadline is not None and asyncio.get_running_loop().time() > self._deadline:
            raise timeout_error(self._request)
        if not condition():
            try:
                async with asyncio.timeout_at(self._limit()):
                    while not condition() and self._failure is None:
                        self._news.clear()
                        await self._news.wait()
            except TimeoutError:
                raise timeout_error(self._request) from None
            if self._failure is not None and not condition():
                raise self._failure

    def _limit(self) -> float | None:
        limits = (_after(self._request.timeout.read), self._deadline)
        return min((limit for limit in limits if limit is not None), default=None)


def _after(seconds: float | None) -> float | None:
    return None if seconds is None else asyncio.get_running_loop().time() + seconds


def _request_body(request: Request) -> bytes | AsyncIterator[bytes]:
    if request.body is None or isinstance(request.body, bytes):
        return request.body or b""
    return aiter(async_chunks(request.body))


def _scope(request: Request) -> Message:
    url = urlsplit(request.url)
    if url.scheme not in _PORTS or not url.hostname:
        message = f"Not the URL of a server: {request.url!r}"
        raise ValueError(message)
    path = url.path or "/"
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": _headers(request, url.netloc.rpartition("@")[2]),
        "client": ("127.0.0.1", 0),
        "server": (url.hostname, url.port or _PORTS[url.scheme]),
    }


def _headers(request: Request, host: str) -> list[tuple[bytes, bytes]]:
    given = {name.lower(): value for name, value in request.headers.items()}
    headers = {"host": host, "accept-encoding": "identity", **_framing(request, given), **given}
    return [_header(name, value) for name, value in headers.items()]


def _framing(request: Request, given: Mapping[str, str]) -> dict[str, str]:
    if isinstance(request.body, bytes) and request.body:
        return {"content-length": str(len(request.body))}
    if request.body:
        return {} if "content-length" in given else {"transfer-encoding": "chunked"}
    return {"content-length": "0"} if request.method in {"POST", "PUT", "PATCH"} else {}


def _header(name: str, value: str) -> tuple[bytes, bytes]:
    if not _HEADER_NAME.fullmatch(name) or _CONTROL.search(value):
        message = f"Not a header: {name!r}"
        raise ValueError(message)
    return name.encode(), value.encode()


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
