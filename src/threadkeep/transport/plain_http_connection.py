"""One connection that speaks HTTP/1.1, as an asyncio protocol: bytes come in and wake whoever reads the answer."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Final, cast

import httptools

from threadkeep.transport import Timeout

_MOST_UNREAD: Final = 256 * 1024
_LARGEST_HEAD: Final = 256 * 1024
_INTERIM: Final = 200
"""Below this a status announces another answer."""
_GZIP_OR_ZLIB: Final = 47
_CODINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})


class UnansweredError(ConnectionError):
    """The connection ended before a single byte of the answer."""


class Connection(asyncio.Protocol):
    """Carries one exchange after the other. `on_lost` is called when it is gone."""

    def __init__(self, on_lost: Callable[[Connection], None]) -> None:
        self._on_lost = on_lost
        self._exchange: Exchange | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self.transport = cast("asyncio.Transport", transport)

    def begin(self, request: bytes, timeout: Timeout) -> Exchange:
        """Send a request; its answer comes in the exchange that is given."""
        self._exchange = Exchange(self.transport, timeout)
        self.transport.write(request)
        return self._exchange

    def end(self) -> bool:
        """Leave the exchange; whether another one can follow. If not, the connection is hung up."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None and exchange.leave() and not self.transport.is_closing():
            return True
        self.hang_up()
        return False

    def hang_up(self) -> None:
        """Close it at once, whatever is under way."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """More of the answer has come."""
        if self._exchange is None:  # nobody asked
            self.hang_up()
        else:
            self._exchange.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._exchange is not None:
            self._exchange.feed_end(exc)
        self._on_lost(self)


class Exchange:
    """A request that was sent, and its answer as it comes. `headers` are joined, with names in lower case."""

    def __init__(self, transport: asyncio.Transport, timeout: Timeout) -> None:
        self.headers: dict[str, str] = {}
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)
        self._inflate: Callable[[bytes], bytes] | None = None
        self._head_size = 0
        self._has_head = False
        self._chunks: list[bytes] = []
        self._unread = 0
        self._is_paused = False
        self._is_complete = False
        self._may_serve_again = False
        self._failure: BaseException | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._patience = timeout.read
        self._heard = self._loop.time()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        if timeout.read is not None:
            self._later("silence", timeout.read, self._check_silence)
        if timeout.total is not None:
            self._later("total", timeout.total, self._run_out)

    @property
    def status(self) -> int:
        """The HTTP status, once the head has come."""
        return self._parser.get_status_code()

    async def head(self) -> None:
        """Return once status and headers are here. Raises what kept them from coming."""
        while not self._has_head:
            await self._something()

    async def chunk(self) -> bytes:
        """All of the body that has come and was not given yet, waiting for some; nothing at its end."""
        while not self._chunks and not self._is_complete:
            await self._something()
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._unread = 0
        if self._is_paused and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()
        return body

    def leave(self) -> bool:
        """Wait for nothing more; whether the answer is complete and the connection may serve again."""
        for timer in self._timers.values():
            timer.cancel()
        del self._parser  # they hold each other
        return self._may_serve_again

    def feed(self, data: bytes) -> None:
        """These bytes have come."""
        self._heard = self._loop.time()
        if not self._has_head:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(ConnectionError("the answer switches to another protocol"))
        except httptools.HttpParserError as error:
            self._fail(error.__context__ or error)  # what a callback raised is its context
        if not self._has_head and self._head_size > _LARGEST_HEAD:
            self._fail(ConnectionError("the head of the answer has no end"))
        if self._unread > _MOST_UNREAD and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def feed_end(self, error: Exception | None) -> None:
        """Nothing more will come: what has neither a length nor chunks is complete only now."""
        if self._has_head and not self.headers.keys() & {"content-length", "transfer-encoding"}:
            self._is_complete = True
        elif not self._is_complete:
            unread = "before the end of the answer" if self._head_size else "without an answer"
            kind = ConnectionResetError if self._head_size else UnansweredError
            self._fail(kind(f"{error or 'the connection was closed'}, {unread}"))
        self._wake()

    # What the parser calls -----------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """An answer begins; another one behind the first was not asked for."""
        if self._is_complete:
            raise ConnectionError("more than one answer came")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One more line of the head."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """The head is here, unless it only announces another answer."""
        if self.status < _INTERIM:
            return
        self._has_head = True
        coding = self.headers.get("content-encoding", "identity").lower()
        if coding in _CODINGS:  # although none was asked for
            self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB).decompress
        elif coding != "identity":
            raise ConnectionError(f"the answer comes in the content coding {coding}")

    def on_body(self, body: bytes) -> None:
        """More of the body."""
        if self._inflate is not None:
            body = self._inflate(body)
        if body:
            self._chunks.append(body)
            self._unread += len(body)

    def on_message_complete(self) -> None:
        """The answer ends, or what announced it."""
        if self._has_head:
            self._is_complete = True
            self._may_serve_again = self._parser.should_keep_alive()
        else:
            self.headers.clear()

    # Waiting -------------------------------------------------------------------------------------

    def _something(self) -> asyncio.Future[None]:
        """Is done once something has changed. Raises why nothing will."""
        if self._failure is not None:
            raise self._failure
        self._arrival = self._loop.create_future()
        self._heard = self._loop.time()
        return self._arrival

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _fail(self, failure: BaseException) -> None:
        self._failure = self._failure or failure
        self._transport.abort()
        self._wake()

    def _check_silence(self) -> None:
        """Fail if somebody has waited for too long; else look again when that may be so."""
        assert self._patience is not None
        is_awaited = self._arrival is not None and not self._arrival.done()
        silence = self._loop.time() - self._heard if is_awaited else 0.0
        if silence >= self._patience:
            self._run_out()
        else:
            self._later("silence", self._patience - silence, self._check_silence)

    def _run_out(self) -> None:
        self._fail(TimeoutError())

    def _later(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        self._timers[name] = self._loop.call_later(seconds, call)
