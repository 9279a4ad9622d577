"""The network without a hop to another thread: plain HTTP/1.1 on the event loop itself.

Each arrival wakes its reader directly. Whatever needs more than that (TLS, a proxy, a login in the URL, a body in
chunks) goes through pyreqwest.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING

from threadkeep.transport import AsyncStreamedResponse, Request, Response
from threadkeep.transport.failure import connection_error
from threadkeep.transport.plain_http_answer import Answer, UnansweredError
from threadkeep.transport.plain_http_connection import Connection, Exchange
from threadkeep.transport.plain_http_request import (
    IDLE_SECONDS,
    Place,
    PlainRequest,
    PlainRequests,
    raise_failure,
)
from threadkeep.transport.reading_turns import ReadingTurns

if TYPE_CHECKING:
    from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport


class AsyncPlainHTTPTransport:
    """Sends requests within an event loop. A cancelled caller hangs up at once, also before the response begins."""

    def __init__(self) -> None:
        self._requests = PlainRequests()
        self._pools: dict[asyncio.AbstractEventLoop, _Pool] = {}
        self._is_closed = False

    async def send(self, request: Request) -> Response:
        """Give the whole response."""
        async with self.stream(request) as response:
            return Response(response.status, response.headers, await response.read())

    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncStreamedResponse]:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        if self._is_closed:
            raise connection_error(request, "the transport is closed")
        plain = self._requests.plain(request)
        return self._others.stream(request) if plain is None else _Stream(self, request, plain)

    async def aclose(self) -> None:
        """Send nothing more; a stream that is still open is its reader's to leave."""
        self._is_closed = True
        (await self.pool()).close()
        if "_others" in vars(self):
            await self._others.aclose()

    async def pool(self) -> _Pool:
        """The connections of the running event loop."""
        loop = asyncio.get_running_loop()
        return self._pools.get(loop) or await self._new_pool(loop)

    async def _new_pool(self, loop: asyncio.AbstractEventLoop) -> _Pool:
        for other in [each for each in list(self._pools) if each.is_closed()]:
            del self._pools[other]
        pool = self._pools[loop] = _Pool(loop)
        await pool.end_with_loop()
        return pool

    @cached_property
    def _others(self) -> AsyncPyreqwestTransport:
        # Imported when needed: it takes long to load.
        from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport  # noqa: PLC0415

        return AsyncPyreqwestTransport()


class _Pool:
    """Connections of one event loop that wait for their next request."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._turns = ReadingTurns(loop)
        self._idle: defaultdict[Place, dict[Connection, None]] = defaultdict(dict)
        self._sweep: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def end_with_loop(self) -> None:
        """See to it that the connections are hung up before the event loop is closed."""
        self._guard = self._closing()
        await anext(self._guard)

    def take(self, place: Place) -> Connection | None:
        """The one that was used last, if any is kept."""
        idle = self._idle[place]
        while idle:
            connection, _ = idle.popitem()
            if not connection.transport.is_closing():
                return connection
        return None

    async def dial(self, place: Place, seconds: float | None) -> Connection:
        """A new one, which has so many seconds to stand."""
        async with asyncio.timeout(seconds):
            _, connection = await self._loop.create_connection(
                lambda: Connection(self._turns, partial(self._drop, place)), *place
            )
        return connection

    def put(self, place: Place, connection: Connection) -> None:
        """Keep it for a while."""
        if self._is_closed:
            connection.hang_up()
            return
        self._idle[place][connection] = None
        if self._sweep is None:
            self._sweep = self._loop.call_later(IDLE_SECONDS, self._sweep_up)

    def close(self) -> None:
        """Hang all of them up, and whatever is put back later."""
        self._is_closed = True
        self._hang_up(until=self._loop.time())
        if self._sweep is not None:
            self._sweep.cancel()

    async def _closing(self) -> AsyncGenerator[None]:
        # An event loop that ends has asynchronous generators end first, those that nobody waits for as well.
        try:
            yield
        finally:
            self.close()

    def _sweep_up(self) -> None:
        self._sweep = None
        self._hang_up(until=self._loop.time() - IDLE_SECONDS)
        if any(self._idle.values()):
            self._sweep = self._loop.call_later(IDLE_SECONDS, self._sweep_up)

    def _hang_up(self, until: float) -> None:
        for connection in [each for idle in self._idle.values() for each in idle]:
            if connection.idle_since <= until:
                connection.hang_up()

    def _drop(self, place: Place, connection: Connection) -> None:
        self._idle[place].pop(connection, None)


class _Stream:
    """A response on its way: enter it, then read it."""

    def __init__(
        self, transport: AsyncPlainHTTPTransport, request: Request, plain: PlainRequest
    ) -> None:
        self._transport = transport
        self._request = request
        self._plain = plain

    async def __aenter__(self) -> _StreamedResponse:
        self._pool = await self._transport.pool()
        try:
            return await self._answer()
        except Exception as error:
            raise_failure(error, self._request)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    async def _answer(self) -> _StreamedResponse:
        place = self._plain.place
        if (kept := self._pool.take(place)) is not None:
            with suppress(UnansweredError):  # the server may have closed it as the request went out
                return await self._answer_on(kept)
        return await self._answer_on(await self._pool.dial(place, self._request.timeout.connect))

    async def _answer_on(self, connection: Connection) -> _StreamedResponse:
        self._connection = connection
        exchange = connection.begin(self._plain.encoded, self._request.timeout)
        try:
            answer = await exchange.head()
        except BaseException:
            self._leave()
            raise
        return _StreamedResponse(exchange, answer, self._request)

    def _leave(self) -> None:
        if self._connection.end():
            self._pool.put(self._plain.place, self._connection)


class _StreamedResponse:
    __slots__ = ("_exchange", "_request", "headers", "status")

    def __init__(self, exchange: Exchange, answer: Answer, request: Request) -> None:
        self.status = answer.status
        self.headers: Mapping[str, str] = answer.headers
        self._exchange = exchange
        self._request = request

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            while (chunk := self._exchange.take()) is None:
                await self._exchange.arrival()
        except Exception as error:
            raise_failure(error, self._request)
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self])
