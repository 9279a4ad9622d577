"""How bytes are sent: one HTTP request goes out, one response comes back, whole or as it arrives.

This module is the contract; beside it stand plain HTTP (`plain_http.py` on an event loop,
`blocking_http.py`), all else that the network needs (`pyreqwest.py`), and an ASGI application in
the process (`asgi.py`). The client and the chat models know only what is written here.
What every transport keeps, and `tests/contract/transport` checks:

- A status of 400 or 500 is a response like any other. Redirects are handed back, not followed, so
  that a key never reaches a host which nobody named.
- Whatever keeps the response from coming is an `APIConnectionError`, and an `APITimeoutError` when
  a limit of `Timeout` has passed. What went wrong beneath is its `__cause__`.
- A request that cannot be sent at all (a URL without a host, a header with a line break) is a
  `ValueError`; an error raised by an iterable body comes out as it is.
- The body is asked for without a content coding, so bytes arrive as they were meant.
- One transport serves any number of requests at once. A synchronous one may be used from several
  threads, an asynchronous one from several event loops unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Protocol, TypeAlias

import msgspec

Body: TypeAlias = bytes | Iterable[bytes] | AsyncIterable[bytes]
"""What a request carries: all of it at once, or chunks that are taken one by one as they are sent.

An iterable may be taken in another thread. It needs no length, but with a `content-length` header
it is sent under that length. One that can be iterated again lets the caller repeat the request.
"""


class Timeout(msgspec.Struct, frozen=True):
    """How many seconds to wait; None is for ever."""

    connect: float | None = 5.0
    """Until the connection stands."""
    read: float | None = 600.0
    """For the response to begin, counted from the start of the request, and then for each part."""
    total: float | None = None
    """For everything, to the last byte."""


class Request(msgspec.Struct, frozen=True):
    """What is sent."""

    method: str
    url: str
    """Absolute, with everything already escaped."""
    headers: Mapping[str, str] = {}
    """In ASCII."""
    body: Body | None = None
    """An asynchronous iterable only goes through an asynchronous transport."""
    timeout: Timeout = Timeout()


class Response(msgspec.Struct, frozen=True):
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; the values of a repeated one are joined by a comma.

    One whose value is not ASCII may be missing.
    """
    body: bytes


class StreamedResponse(Protocol):
    """What is coming back: status and headers are here, the body is read once, as it arrives."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """As in `Response`."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """Give the bytes of each arrival at once; never empty."""
        ...

    def read(self) -> bytes:
        """Give all that has not been given yet."""
        ...


class AsyncStreamedResponse(Protocol):
    """What is coming back: status and headers are here, the body is read once, as it arrives."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """As in `Response`."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes of each arrival at once; never empty."""
        ...

    async def read(self) -> bytes:
        """Give all that has not been given yet."""
        ...


class Transport(Protocol):
    """Sends requests and blocks until there is an answer."""

    def send(self, request: Request) -> Response:
        """Give the whole response."""
        ...

    def stream(self, request: Request) -> AbstractContextManager[StreamedResponse]:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        ...

    def close(self) -> None:
        """Send nothing more; a stream that is still open is its reader's to leave."""
        ...


class AsyncTransport(Protocol):
    """Sends requests within an event loop.

    A cancelled caller is free at once. A stream is hung up at the same time or, when its response
    had not begun, as soon as it does; what `send` still gets after that is thrown away.
    """

    async def send(self, request: Request) -> Response:
        """Give the whole response."""
        ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncStreamedResponse]:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        ...

    async def aclose(self) -> None:
        """Send nothing more; a stream that is still open is its reader's to leave."""
        ...
