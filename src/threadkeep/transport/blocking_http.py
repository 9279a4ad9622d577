"""The network without another thread's help: plain HTTP/1.1 on sockets that block.

Ctrl-C ends a wait. Whatever needs more than plain HTTP (TLS, a proxy, a login in the URL, a body in chunks) goes
through pyreqwest. A process that forks may go on with it on both sides: no connection is used by two processes.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING, Final

from threadkeep.transport import Request, Response, StreamedResponse
from threadkeep.transport.blocking_http_connection import BlockingConnection, BlockingExchange
from threadkeep.transport.failure import connection_error
from threadkeep.transport.interruption import Lines
from threadkeep.transport.plain_http_answer import Answer, UnansweredError
from threadkeep.transport.plain_http_request import (
    IDLE_SECONDS,
    NEVER,
    Place,
    PlainRequest,
    PlainRequests,
    raise_failure,
)

if TYPE_CHECKING:
    from threadkeep.transport.pyreqwest import PyreqwestTransport


class PlainHTTPTransport:
    """Sends requests over the network and blocks, in any thread."""

    def __init__(self) -> None:
        self._requests = PlainRequests()
        self._pool = _Pool()
        self._is_closed = False

    def send(self, request: Request) -> Response:
        """Give the whole response."""
        with self.stream(request) as response:
            return Response(response.status, response.headers, response.read())

    def stream(self, request: Request) -> AbstractContextManager[StreamedResponse]:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        if self._is_closed:
            raise connection_error(request, "the transport is closed")
        plain = self._requests.plain(request)
        if plain is None:
            return self._others.stream(request)
        return _Stream(self._own_pool(), request, plain)

    def close(self) -> None:
        """Send nothing more; a stream that is still open is its reader's to leave."""
        self._is_closed = True
        self._own_pool().close()
        if "_others" in vars(self):
            self._others.close()

    def _own_pool(self) -> _Pool:
        if self._pool.process != os.getpid():
            self._pool = _Pool()
        return self._pool

    @cached_property
    def _others(self) -> PyreqwestTransport:
        # Imported when needed: it takes long to load.
        from threadkeep.transport.pyreqwest import PyreqwestTransport  # noqa: PLC0415

        return PyreqwestTransport()


class _Pool:
    """Connections of one process that wait for their next request."""

    def __init__(self) -> None:
        self.process: Final = os.getpid()
        self._lock = threading.Lock()
        self._idle: defaultdict[Place, list[BlockingConnection]] = defaultdict(list)
        self._lines = Lines()
        self._is_closed = False

    def take(self, place: Place) -> BlockingConnection | None:
        """The one that was used last, if any is kept."""
        while (connection := self._last(place)) is not None:
            if connection.is_quiet():
                return connection
            connection.hang_up()
        return None

    def dial(self, place: Place, seconds: float | None) -> BlockingConnection:
        """A new one, which has so many seconds to stand."""
        line = self._lines.open()  # looking up a name is deaf to Ctrl-C
        try:
            return line.call(partial(BlockingConnection, place, seconds))
        finally:
            line.close()

    def put(self, place: Place, connection: BlockingConnection) -> None:
        """Keep it for a while; whatever has been kept for long is hung up."""
        with self._lock:
            self._idle[place].append(connection)
        self._hang_up(NEVER if self._is_closed else connection.idle_since - IDLE_SECONDS)

    def close(self) -> None:
        """Hang all of them up, and whatever is put back later."""
        self._is_closed = True
        self._hang_up(NEVER)

    def _last(self, place: Place) -> BlockingConnection | None:
        with self._lock:
            idle = self._idle[place]
            return idle.pop() if idle else None

    def _hang_up(self, idle_until: float) -> None:
        with self._lock:
            for idle in self._idle.values():
                while idle and idle[0].idle_since <= idle_until:
                    idle.pop(0).hang_up()


class _Stream:
    """A response on its way: enter it, then read it."""

    def __init__(self, pool: _Pool, request: Request, plain: PlainRequest) -> None:
        self._pool = pool
        self._request = request
        self._plain = plain

    def __enter__(self) -> _StreamedResponse:
        try:
            return self._answer()
        except Exception as error:
            raise_failure(error, self._request)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _answer(self) -> _StreamedResponse:
        place = self._plain.place
        if (kept := self._pool.take(place)) is not None:
            with suppress(UnansweredError):  # the server may have closed it as the request went out
                return self._answer_on(kept)
        return self._answer_on(self._pool.dial(place, self._request.timeout.connect))

    def _answer_on(self, connection: BlockingConnection) -> _StreamedResponse:
        self._connection = connection
        try:
            exchange = connection.begin(self._plain.encoded, self._request.timeout)
            answer = exchange.head()
        except BaseException:
            self._leave()
            raise
        return _StreamedResponse(exchange, answer, self._request)

    def _leave(self) -> None:
        if self._connection.end():
            self._pool.put(self._plain.place, self._connection)


class _StreamedResponse:
    def __init__(self, exchange: BlockingExchange, answer: Answer, request: Request) -> None:
        self.status = answer.status
        self.headers: Mapping[str, str] = answer.headers
        self._exchange = exchange
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self._exchange.chunk()
        except Exception as error:
            raise_failure(error, self._request)
        if not chunk:
            raise StopIteration
        return chunk

    def read(self) -> bytes:
        try:
            return self._exchange.rest()
        except Exception as error:
            raise_failure(error, self._request)
