"""Threadkeep's requests through httpx2: for the proxies, certificates or hooks of a client you have.

client = threadkeep.Client(transport=HTTPX2Transport(httpx2.Client(proxy="http://proxy:3128")))
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2

from threadkeep.errors import APIConnectionError, APITimeoutError
from threadkeep.transport import (
    AsyncStreamedResponse,
    Request,
    Response,
    StreamedResponse,
)

_LIMITS = httpx2.Limits(max_connections=None)


class HTTPX2Transport:
    """Sends requests through a `httpx2.Client`."""

    def __init__(self, client: httpx2.Client | None = None) -> None:
        self._client = client or httpx2.Client(limits=_LIMITS)

    def send(self, request: Request) -> Response:
        """Give the whole response."""
        with self.stream(request) as response:
            return Response(response.status, response.headers, response.read())

    @contextmanager
    def stream(self, request: Request) -> Iterator[StreamedResponse]:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        _refuse_if_closed(request, closed=self._client.is_closed)
        deadline = _Deadline(request)
        with _failures_of(request):
            response = self._client.send(
                self._client.build_request(**_arguments(request)),
                stream=True,
                follow_redirects=False,
            )
        try:
            yield _HTTPX2Response(response, request, deadline)
        finally:
            response.close()

    def close(self) -> None:
        """Send nothing more."""
        self._client.close()


class AsyncHTTPX2Transport:
    """Sends requests through a `httpx2.AsyncClient`, within one event loop."""

    def __init__(self, client: httpx2.AsyncClient | None = None) -> None:
        self._client = client or httpx2.AsyncClient(limits=_LIMITS)

    async def send(self, request: Request) -> Response:
        """Give the whole response."""
        async with self.stream(request) as response:
            return Response(response.status, response.headers, await response.read())

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncStreamedResponse]:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        _refuse_if_closed(request, closed=self._client.is_closed)
        deadline = _Deadline(request)
        with _failures_of(request):
            async with asyncio.timeout_at(deadline.in_loop()):
                response = await self._client.send(
                    self._client.build_request(**_async_arguments(request)),
                    stream=True,
                    follow_redirects=False,
                )
        try:
            yield _AsyncHTTPX2Response(response, request, deadline)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Send nothing more."""
        await self._client.aclose()


class _HTTPX2Response:
    def __init__(self, response: httpx2.Response, request: Request, deadline: _Deadline) -> None:
        self.status = response.status_code
        self.headers = dict(response.headers)
        self._chunks = response.iter_bytes()
        self._request = request
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        with _failures_of(self._request):
            for chunk in self._chunks:
                self._deadline.check()
                yield chunk

    def read(self) -> bytes:
        return b"".join(self)


class _AsyncHTTPX2Response:
    def __init__(self, response: httpx2.Response, request: Request, deadline: _Deadline) -> None:
        self.status = response.status_code
        self.headers = dict(response.headers)
        self._chunks = response.aiter_bytes()
        self._request = request
        self._deadline = deadline

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        with _failures_of(self._request):
            async with asyncio.timeout_at(self._deadline.in_loop()):
                return await anext(self._chunks)

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self])


class _Deadline:
    """The end of `Timeout.total`, which httpx2 does not know."""

    def __init__(self, request: Request) -> None:
        total = request.timeout.total
        self._at = None if total is None else time.monotonic() + total

    def check(self) -> None:
        if self._at is not None and time.monotonic() > self._at:
            raise TimeoutError

    def in_loop(self) -> float | None:
        if self._at is None:
            return None
        return asyncio.get_running_loop().time() + self._at - time.monotonic()


def _arguments(request: Request) -> dict[str, Any]:
    timeout = request.timeout
    # A blocking read cannot be ended from outside: it must not outlast the whole.
    read = min((s for s in (timeout.read, timeout.total) if s is not None), default=None)
    return {
        "method": request.method,
        "url": request.url,
        "headers": {"accept-encoding": "identity", **request.headers},
        "content": request.body,
        "timeout": httpx2.Timeout(connect=timeout.connect, read=read, write=read, pool=None),
    }


def _async_arguments(request: Request) -> dict[str, Any]:
    arguments = _arguments(request)
    if isinstance(request.body, Iterable) and not isinstance(request.body, bytes):
        arguments["content"] = _chunks(request.body)
    return arguments


async def _chunks(body: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in body:
        yield chunk


@contextmanager
def _failures_of(request: Request) -> Iterator[None]:
    try:
        yield
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as error:
        raise ValueError(str(error)) from error
    except (httpx2.TimeoutException, TimeoutError) as error:
        message = f"{_target(request)}: timed out"
        raise APITimeoutError(message) from error
    except httpx2.RequestError as error:
        message = f"{_target(request)}: {error}"
        raise APIConnectionError(message) from error


def _refuse_if_closed(request: Request, *, closed: bool) -> None:
    if closed:
        message = f"{_target(request)}: the transport is closed"
        raise APIConnectionError(message)


def _target(request: Request) -> str:
    return f"{request.method} {request.url.partition('?')[0]}"
