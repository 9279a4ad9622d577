"""The network without a hop to another thread: plain HTTP/1.1 on the event loop itself.

Made for what servers of chat models send, a token at a time: each arrival wakes its reader directly. Whatever needs
more than that (TLS, a proxy, a login in the URL, a body in chunks) goes through pyreqwest.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from functools import cached_property, partial
from types import TracebackType
from typing import Final, NamedTuple, NoReturn

import httptools

from threadkeep.transport import AsyncStreamedResponse, Request, Response
from threadkeep.transport.failure import connection_error, timeout_error
from threadkeep.transport.plain_http_connection import Connection, Exchange, UnansweredError
from threadkeep.transport.pyreqwest import THIS_MACHINE, AsyncPyreqwestTransport
from threadkeep.version import __version__

_PORT: Final = 80
_IDLE_SECONDS: Final = 30.0
_URL: Final = re.compile(
    r"http://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<target>[/?][!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+", re.ASCII)
_VALUE: Final = re.compile(r"[\t -~]*", re.ASCII)
_USUAL_HEADERS: Final = {
    "accept": "*/*",
    "accept-encoding": "identity",
    "user-agent": f"threadkeep/{__version__}",
}
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class _Place(NamedTuple):
    """Where a connection leads."""

    host: str
    port: int


class AsyncPlainHTTPTransport:
    """Sends requests within one event loop. A cancelled caller hangs up at once, also before the response begins."""

    def __init__(self) -> None:
        self._others = AsyncPyreqwestTransport()
        self._pool = _Pool()

    async def send(self, request: Request) -> Response:
        """Give the whole response."""
        async with self.stream(request) as response:
            return Response(response.status, response.headers, await response.read())

    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncStreamedResponse]:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        url = _URL.fullmatch(request.url.partition("#")[0])
        body = request.body or b""
        if url is None or not isinstance(body, bytes) or not self._is_direct(request):
            return self._others.stream(request)
        return _Stream(self._pool, request, _place(url), _encoded(request, url, body))

    async def aclose(self) -> None:
        """Send nothing more; a stream that is still open is its reader's to leave."""
        self._pool.close()
        await self._others.aclose()

    def _is_direct(self, request: Request) -> bool:
        """Whether no proxy stands between."""
        is_known = request.method in _METHODS
        return is_known and (THIS_MACHINE.match(request.url) is not None or not self._has_proxy)

    @cached_property
    def _has_proxy(self) -> bool:
        from urllib.request import getproxies  # noqa: PLC0415 - takes long, and few need it

        return not getproxies().keys().isdisjoint({"http", "all"})


class _Pool:
    """Connections that wait for their next request."""

    def __init__(self) -> None:
        self._idle: defaultdict[_Place, dict[Connection, asyncio.TimerHandle]] = defaultdict(dict)
        self.is_closed = False

    def take(self, place: _Place) -> Connection | None:
        """The one that was used last, if any is kept."""
        while idle := self._idle[place]:
            connection, timer = idle.popitem()
            timer.cancel()
            if not connection.transport.is_closing():
                return connection
        return None

    async def dial(self, place: _Place, seconds: float | None) -> Connection:
        """A new one, which has so many seconds to stand."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            _, connection = await loop.create_connection(
                lambda: Connection(partial(self._drop, place)), *place
            )
        return connection

    def put(self, place: _Place, connection: Connection) -> None:
        """Keep it for a while."""
        if self.is_closed:
            connection.hang_up()
        else:
            loop = asyncio.get_running_loop()
            self._idle[place][connection] = loop.call_later(_IDLE_SECONDS, connection.hang_up)

    def close(self) -> None:
        """Hang all of them up."""
        self.is_closed = True
        for connection in [each for idle in self._idle.values() for each in idle]:
            connection.hang_up()

    def _drop(self, place: _Place, connection: Connection) -> None:
        if timer := self._idle[place].pop(connection, None):
            timer.cancel()


class _Stream:
    """A response on its way: enter it, then read it."""

    def __init__(self, pool: _Pool, request: Request, place: _Place, encoded: bytes) -> None:
        self._pool = pool
        self._request = request
        self._place = place
        self._encoded = encoded

    async def __aenter__(self) -> _StreamedResponse:
        if self._pool.is_closed:
            raise connection_error(self._request, "the transport is closed")
        try:
            return await self._answer()
        except Exception as error:
            _raise_failure(error, self._request)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    async def _answer(self) -> _StreamedResponse:
        if (kept := self._pool.take(self._place)) is not None:
            with suppress(UnansweredError):  # the server may have closed it as the request went out
                return await self._answer_on(kept)
        dialled = await self._pool.dial(self._place, self._request.timeout.connect)
        return await self._answer_on(dialled)

    async def _answer_on(self, connection: Connection) -> _StreamedResponse:
        self._connection = connection
        exchange = connection.begin(self._encoded, self._request.timeout)
        try:
            await exchange.head()
        except BaseException:
            self._leave()
            raise
        return _StreamedResponse(exchange, self._request)

    def _leave(self) -> None:
        if self._connection.end():
            self._pool.put(self._place, self._connection)


class _StreamedResponse:
    def __init__(self, exchange: Exchange, request: Request) -> None:
        self.status = exchange.status
        self.headers: Mapping[str, str] = exchange.headers
        self._exchange = exchange
        self._request = request

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._exchange.chunk()
        except Exception as error:
            _raise_failure(error, self._request)
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self])


def _place(url: re.Match[str]) -> _Place:
    return _Place(url["host"].strip("[]"), int(url["port"] or _PORT))


def _encoded(request: Request, url: re.Match[str], body: bytes) -> bytes:
    """The request as it is sent. Raises `ValueError` for headers that are none."""
    port = f":{url['port']}" if url["port"] and int(url["port"]) != _PORT else ""
    given = {name.lower(): value for name, value in request.headers.items()}
    headers = {"host": f"{url['host']}{port}", **_USUAL_HEADERS, **given}
    if body or request.method in _WITH_BODY:
        headers["content-length"] = str(len(body))
    for name, value in headers.items():
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise ValueError(f"{name!r} is no header, or its value has characters that none has")
    target = url["target"] or "/"
    lines = [f"{request.method} {target if target[0] == '/' else '/' + target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _raise_failure(error: Exception, request: Request) -> NoReturn:
    if isinstance(error, TimeoutError):
        raise timeout_error(request) from error
    if isinstance(error, OSError | httptools.HttpParserError | zlib.error):
        raise connection_error(request, str(error)) from error
    raise error
