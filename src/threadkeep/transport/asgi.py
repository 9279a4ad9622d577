"""An ASGI application in this process, reached without a port: nothing is collected, all streams.

The application sees what a server would show it: it is told when the other side has gone, and its
`send` waits while the other side reads slowly. Starting and stopping the application (its lifespan)
is the work of whoever made it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from types import TracebackType

from threadkeep.transport import Request, Response
from threadkeep.transport.asgi_exchange import ASGIApplication, Exchange
from threadkeep.transport.background_loop import BackgroundLoop
from threadkeep.transport.failure import connection_error

_SECONDS_TO_LEAVE = 5.0

_logger = logging.getLogger(__name__)


class AsyncASGITransport:
    """Calls the application in the caller's event loop, which must be the one it was started in."""

    def __init__(self, app: ASGIApplication) -> None:
        self._app = app
        self._calls: dict[asyncio.Task[None], Exchange] = {}
        self._is_closed = False

    async def send(self, request: Request) -> Response:
        """Give the whole response."""
        async with self.stream(request) as response:
            return Response(response.status, response.headers, await response.read())

    def stream(self, request: Request) -> _AsyncStream:
        """Enter with status and headers; leaving early tells the application so."""
        return _AsyncStream(self, request)

    async def aclose(self) -> None:
        """Send nothing more; calls of the application that still go on are told to end."""
        self._is_closed = True
        for exchange in self._calls.values():
            exchange.break_off("the transport is closed")
        if self._calls:
            _, late = await asyncio.wait(self._calls, timeout=_SECONDS_TO_LEAVE)
            for call in late:
                call.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def begin(self, request: Request) -> Exchange:
        """Call the application with a request."""
        if self._is_closed:
            raise connection_error(request, "the transport is closed")
        exchange = Exchange(request)
        call = asyncio.create_task(self._run(exchange), name=f"asgi {request.method}")
        self._calls[call] = exchange
        call.add_done_callback(self._calls.pop)
        return exchange

    async def _run(self, exchange: Exchange) -> None:
        try:
            await self._app(exchange.scope, exchange.receive, exchange.send)
        except asyncio.CancelledError:
            exchange.break_off("the application was stopped")
            raise
        except Exception as error:
            if not exchange.break_off(f"the application failed: {error!r}", error):
                _logger.exception("The application failed when nobody waited for it any more")
        else:
            exchange.break_off("the application ended before its response did")


class ASGITransport:
    """Calls the application in a background event loop and blocks."""

    def __init__(self, app: ASGIApplication, loop: BackgroundLoop) -> None:
        self._transport = AsyncASGITransport(app)
        self._loop = loop

    def send(self, request: Request) -> Response:
        """Give the whole response."""
        return self._loop.run(self._transport.send(request))

    def stream(self, request: Request) -> _Stream:
        """Enter with status and headers; leaving early tells the application so."""
        return _Stream(self._transport.stream(request), self._loop)

    def close(self) -> None:
        """Send nothing more; the background loop goes on."""
        self._loop.run(self._transport.aclose())


class _AsyncStream:
    """A response on its way: enter it, then read it."""

    def __init__(self, transport: AsyncASGITransport, request: Request) -> None:
        self._transport = transport
        self._request = request

    async def __aenter__(self) -> _AsyncStreamedResponse:
        return _AsyncStreamedResponse(await self.begin())

    async def begin(self) -> Exchange:
        """Call the application and wait for status and headers."""
        self._exchange = self._transport.begin(self._request)
        try:
            await self._exchange.started()
        except BaseException:
            self._exchange.leave()
            raise
        return self._exchange

    async def leave(self) -> None:
        """Wait for nothing more."""
        self._exchange.leave()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.leave()


class _AsyncStreamedResponse:
    def __init__(self, exchange: Exchange) -> None:
        self.status = exchange.status
        self.headers: Mapping[str, str] = exchange.headers
        self._exchange = exchange

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if chunk := await self._exchange.arrival():
            return chunk
        raise StopAsyncIteration

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self])


class _Stream:
    """A response on its way: enter it, then read it."""

    def __init__(self, stream: _AsyncStream, loop: BackgroundLoop) -> None:
        self._stream = stream
        self._loop = loop

    def __enter__(self) -> _StreamedResponse:
        return _StreamedResponse(self._loop.run(self._stream.begin()), self._loop)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.run(self._stream.leave())


class _StreamedResponse:
    def __init__(self, exchange: Exchange, loop: BackgroundLoop) -> None:
        self.status = exchange.status
        self.headers: Mapping[str, str] = exchange.headers
        self._exchange = exchange
        self._loop = loop

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if chunk := self._loop.run(self._exchange.arrival()):
            return chunk
        raise StopIteration

    def read(self) -> bytes:
        return b"".join(self)
