"""The network, through pyreqwest: HTTP/1.1 or HTTP/2, with pooled connections.

Proxies are those of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, but this machine is always
reached directly: no proxy elsewhere could. Trusted certificates are those of SSL_CERT_FILE and
SSL_CERT_DIR, or else the system's. Connections live in pyreqwest's own thread, so an asynchronous
transport serves every event loop of the process. A fork after the first request leaves that thread
behind: the child process is told so when it sends.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Generic, NamedTuple, NoReturn, TypeVar

from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.exceptions import BuilderError, DetailedPyreqwestError, RequestTimeoutError
from pyreqwest.http import HeaderMap
from pyreqwest.request import (
    BaseRequestBuilder,
    RequestBuilder,
    StreamRequest,
    SyncRequestBuilder,
    SyncStreamRequest,
)
from pyreqwest.response import Response as PyreqwestResponse
from pyreqwest.response import SyncResponse as SyncPyreqwestResponse

from threadkeep.transport import Request, Response
from threadkeep.transport.bodies import async_chunks, chunks
from threadkeep.transport.failure import connection_error, timeout_error
from threadkeep.transport.farewell import wait_at_exit
from threadkeep.transport.interruption import Line, Lines
from threadkeep.transport.this_machine import THIS_MACHINE
from threadkeep.version import __version__

_POOLS_KEPT = 16


ClientT = TypeVar("ClientT", Client, SyncClient)
ClientBuilderT = TypeVar("ClientBuilderT", ClientBuilder, SyncClientBuilder)
RequestBuilderT = TypeVar("RequestBuilderT", bound=BaseRequestBuilder)


class PyreqwestTransport:
    """Sends requests over the network and blocks. Ctrl-C ends a wait of the main thread.

    With `http2`, servers that offer HTTP/2 over TLS get all requests on one connection, and as many
    at once as they allow, often 100. Without it each request has a connection of its own.
    """

    def __init__(self, *, http2: bool = False) -> None:
        self._lines = Lines()
        self._pools = _Pools[SyncClient](
            lambda key: _configured(SyncClientBuilder(), key, http2=http2).build()
        )

    def send(self, request: Request) -> Response:
        """Give the whole response."""
        prepared = self._prepare(request).build()
        line = self._lines.open()
        try:
            response = line.call(prepared.send)
            body = response.bytes().to_bytes()
        except DetailedPyreqwestError as error:
            _raise_failure(error, request)
        finally:
            line.close()
        return Response(response.status, _joined(response.headers), body)

    def stream(self, request: Request) -> _Stream:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        return _Stream(self._prepare(request).build_streamed(), request, self._lines)

    def close(self) -> None:
        """Send nothing more; a stream that is still open is its reader's to leave."""
        for client in self._pools.drain():
            client.close()

    def _prepare(self, request: Request) -> SyncRequestBuilder:
        client = self._pools.client_for(request)
        builder = _with_head(client.request(request.method, request.url), request)
        if request.body is None or isinstance(request.body, bytes):
            return _with_bytes(builder, request.method, request.body or b"")
        return builder.body_stream(chunks(request.body))


class AsyncPyreqwestTransport:
    """Sends requests over the network within an event loop.

    With `http2`, servers that offer HTTP/2 over TLS get all requests on one connection, and as many
    at once as they allow, often 100. Without it each request has a connection of its own.
    """

    def __init__(self, *, http2: bool = False) -> None:
        wait_at_exit()
        self._pools = _Pools[Client](
            lambda key: _configured(ClientBuilder(), key, http2=http2).build()
        )

    async def send(self, request: Request) -> Response:
        """Give the whole response."""
        prepared = self._prepare(request).build()
        try:
            response = await prepared.send()
            body = (await response.bytes()).to_bytes()
        except DetailedPyreqwestError as error:
            _raise_failure(error, request)
        return Response(response.status, _joined(response.headers), body)

    def stream(self, request: Request) -> _AsyncStream:
        """Enter with status and headers; leaving early hangs up on the rest of the body."""
        return _AsyncStream(self._prepare(request).build_streamed(), request)

    async def aclose(self) -> None:
        """Send nothing more; a stream that is still open is its reader's to leave."""
        for client in self._pools.drain():
            await client.close()

    def _prepare(self, request: Request) -> RequestBuilder:
        client = self._pools.client_for(request)
        builder = _with_head(client.request(request.method, request.url), request)
        if request.body is None or isinstance(request.body, bytes):
            return _with_bytes(builder, request.method, request.body or b"")
        return builder.body_stream(async_chunks(request.body))


class _Connecting(NamedTuple):
    """Time limits, and whether proxies are passed by."""

    connect: float | None
    read: float | None
    is_direct: bool


class _Pools(Generic[ClientT]):
    """A client for each way of connecting, since that is part of a client."""

    def __init__(self, build: Callable[[_Connecting], ClientT]) -> None:
        self._build = build
        self._clients: dict[_Connecting, ClientT] = {}
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._is_closed = False

    def client_for(self, request: Request) -> ClientT:
        self._check(request)
        timeout = request.timeout
        is_direct = THIS_MACHINE.match(request.url) is not None
        key = _Connecting(timeout.connect, timeout.read, is_direct)
        return self._clients.get(key) or self._add(key)

    def drain(self) -> list[ClientT]:
        with self._lock:
            self._is_closed = True
            clients = list(self._clients.values())
            self._clients.clear()
        return clients

    def _check(self, request: Request) -> None:
        if self._is_closed:
            raise connection_error(request, "the transport is closed")
        if self._process != os.getpid():
            message = "This transport was made before the process forked; make one in the child."
            raise RuntimeError(message)

    def _add(self, key: _Connecting) -> ClientT:
        with self._lock:
            if key not in self._clients:
                while len(self._clients) >= _POOLS_KEPT:
                    # Requests under way hold their client themselves.
                    del self._clients[next(iter(self._clients))]
                self._clients[key] = self._build(key)
            return self._clients[key]


class _Stream:
    """A response on its way: enter it, then read it."""

    def __init__(self, prepared: SyncStreamRequest, request: Request, lines: Lines) -> None:
        self._prepared = prepared
        self._request = request
        self._lines = lines
        self._is_connected = False

    def __enter__(self) -> _StreamedResponse:
        self._line = self._lines.open()
        try:
            response = self._line.call(self._dial)
        except BaseException as error:
            self._line.close(self._hang_up)
            if isinstance(error, DetailedPyreqwestError):
                _raise_failure(error, self._request)
            raise
        return _StreamedResponse(response, self._request, self._line)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.close(self._hang_up)

    def _dial(self) -> SyncPyreqwestResponse:
        response = self._prepared.__enter__()
        self._is_connected = True
        return response

    def _hang_up(self) -> None:
        if self._is_connected:
            self._prepared.__exit__(None, None, None)


class _StreamedResponse:
    def __init__(self, response: SyncPyreqwestResponse, request: Request, line: Line) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = _joined(response.headers)
        self._reader = response.body_reader
        self._request = request
        self._line = line

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self._line.call(self._reader.read_chunk)
        except DetailedPyreqwestError as error:
            _raise_failure(error, self._request)
        if chunk is None:
            raise StopIteration
        return chunk.to_bytes()

    def read(self) -> bytes:
        return b"".join(self)


class _AsyncStream:
    """A response on its way: enter it, then read it."""

    def __init__(self, prepared: StreamRequest, request: Request) -> None:
        self._prepared = prepared
        self._request = request

    async def __aenter__(self) -> _AsyncStreamedResponse:
        try:
            response = await self._prepared.__aenter__()
        except DetailedPyreqwestError as error:
            _raise_failure(error, self._request)
        return _AsyncStreamedResponse(response, self._request)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._prepared.__aexit__(None, None, None)


class _AsyncStreamedResponse:
    def __init__(self, response: PyreqwestResponse, request: Request) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = _joined(response.headers)
        self._reader = response.body_reader
        self._request = request

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._reader.read_chunk()
        except DetailedPyreqwestError as error:
            _raise_failure(error, self._request)
        if chunk is None:
            raise StopAsyncIteration
        return chunk.to_bytes()

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self])


def _configured(builder: ClientBuilderT, key: _Connecting, *, http2: bool) -> ClientBuilderT:
    builder = (
        builder.http2(http2)
        .follow_redirects(False)  # noqa: FBT003 - pyreqwest's own signature
        .user_agent(f"threadkeep/{__version__}")
        .default_headers({"accept-encoding": "identity"})
    )
    if key.connect is not None:
        builder = builder.connect_timeout(timedelta(seconds=key.connect))
    if key.read is not None:
        builder = builder.read_timeout(timedelta(seconds=key.read))
    if key.is_direct:
        builder = builder.no_proxy()
    return builder


def _with_head(builder: RequestBuilderT, request: Request) -> RequestBuilderT:
    builder = builder.headers(request.headers).streamed_read_buffer_limit(0)
    if request.timeout.total is not None:
        builder = builder.timeout(timedelta(seconds=request.timeout.total))
    return builder


def _with_bytes(builder: RequestBuilderT, method: str, body: bytes) -> RequestBuilderT:
    if body:
        return builder.body_bytes(body)
    if method in {"POST", "PUT", "PATCH"}:
        # Some servers answer 411 to a POST that does not say that it is empty.
        return builder.header("content-length", "0")
    return builder


def _joined(headers: HeaderMap) -> dict[str, str]:
    joined: dict[str, str] = {}
    try:
        for name, value in headers.items():
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
    except ValueError:
        # pyreqwest gives up at the first value that is not ASCII; the others are still wanted.
        return {name: ", ".join(values) for name, values in _readable(headers)}
    return joined


def _readable(headers: HeaderMap) -> Iterator[tuple[str, list[str]]]:
    for name in set(headers.keys()):
        with suppress(ValueError):
            yield name, headers.getall(name)


def _raise_failure(error: DetailedPyreqwestError, request: Request) -> NoReturn:
    if isinstance(error, BuilderError):
        raise error
    if isinstance(error, RequestTimeoutError):
        raise timeout_error(request) from error
    causes = error.details["causes"]
    raise connection_error(request, causes[-1]["message"] if causes else error.message) from error
