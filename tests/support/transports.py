"""Every transport there is. To put your own under the whole contract, add it to `TRANSPORTS`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from examples.httpx2_transport import AsyncHTTPX2Transport, HTTPX2Transport
from tests.support.live_server import live_server
from tests.support.transport_probe import Message, TransportProbe
from threadkeep.transport import (
    AsyncStreamedResponse,
    AsyncTransport,
    Request,
    Response,
    StreamedResponse,
    Transport,
)
from threadkeep.transport.asgi import ASGITransport, AsyncASGITransport
from threadkeep.transport.background_loop import BackgroundLoop
from threadkeep.transport.blocking_http import PlainHTTPTransport
from threadkeep.transport.plain_http import AsyncPlainHTTPTransport
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport

ASYNC_NETWORK = {
    "pyreqwest-async": AsyncPyreqwestTransport,
    "plain-http-async": AsyncPlainHTTPTransport,
    "httpx2-async": AsyncHTTPX2Transport,
}
NETWORK = {
    "pyreqwest": PyreqwestTransport,
    "plain-http": PlainHTTPTransport,
    "httpx2": HTTPX2Transport,
}
IN_PROCESS = ("asgi-async", "asgi")
TRANSPORTS = (*ASYNC_NETWORK, *NETWORK, *IN_PROCESS)


@dataclass
class Reach:
    """A transport, and the probe at its other end."""

    transport: AsyncTransport
    probe: TransportProbe
    base_url: str

    def request(
        self, path: str, method: str = "GET", headers: Any = None, body: Any = None, **rest: Any
    ) -> Request:
        """Make a request to the probe."""
        return Request(method, self.base_url + path, headers or {}, body, **rest)


class InThreads:
    """A synchronous transport as an asynchronous one, so that one suite is enough for both."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._threads = ThreadPoolExecutor(max_workers=128)

    async def send(self, request: Request) -> Response:
        return await self._call(self._transport.send, request)

    @contextlib.asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncStreamedResponse]:
        stream = self._transport.stream(request)
        response = await self._call(stream.__enter__)
        try:
            yield _InThreads(response, self._call)
        finally:
            await self._call(stream.__exit__, None, None, None)

    async def aclose(self) -> None:
        await self._call(self._transport.close)

    def end_threads(self) -> None:
        """Needed when a test is over."""
        self._threads.shutdown()

    async def _call(self, function: Callable[..., Any], *arguments: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


class _InThreads:
    def __init__(
        self, response: StreamedResponse, call: Callable[..., Coroutine[Any, Any, Any]]
    ) -> None:
        self.status = response.status
        self._call = call
        self.headers = response.headers
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._response)
        while (chunk := await self._call(next, chunks, None)) is not None:
            yield chunk

    async def read(self) -> bytes:
        return await self._call(self._response.read)


class Switch:
    """An application that is whichever one a test has put in; one server is enough for all tests."""

    app: TransportProbe

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@dataclass
class Live:
    """A server and what it serves."""

    switch: Switch
    base_url: str


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """A running server, whose application each test puts in."""
    switch = Switch()
    with live_server(switch) as base_url:
        yield Live(switch, base_url)


@contextlib.contextmanager
def _in_process(kind: str, probe: TransportProbe) -> Iterator[Reach]:
    if kind == "asgi-async":
        yield Reach(AsyncASGITransport(probe), probe, "http://in.process")
        return
    loop = BackgroundLoop()
    yield Reach(InThreads(ASGITransport(probe, loop)), probe, "http://in.process")
    loop.close()


@contextlib.contextmanager
def _over_network(kind: str, probe: TransportProbe, live: Live) -> Iterator[Reach]:
    live.switch.app = probe
    transport = ASYNC_NETWORK[kind]() if kind in ASYNC_NETWORK else InThreads(NETWORK[kind]())
    yield Reach(transport, probe, live.base_url)


@contextlib.asynccontextmanager
async def _reaching(kind: str, live: Live) -> AsyncIterator[Reach]:
    probe = TransportProbe()
    made = _in_process(kind, probe) if kind in IN_PROCESS else _over_network(kind, probe, live)
    with made as reach:
        yield reach
        await reach.transport.aclose()
        if isinstance(reach.transport, InThreads):
            reach.transport.end_threads()


@pytest.fixture(params=TRANSPORTS)
async def reach(request: pytest.FixtureRequest, live: Live) -> AsyncIterator[Reach]:
    """A transport and the probe at its other end; the test runs once with each kind."""
    async with _reaching(request.param, live) as reach:
        yield reach


@pytest.fixture(params=[*ASYNC_NETWORK, "asgi-async"])
async def async_reach(request: pytest.FixtureRequest, live: Live) -> AsyncIterator[Reach]:
    """The same with the asynchronous kinds alone."""
    async with _reaching(request.param, live) as reach:
        yield reach


@pytest.fixture(params=[*ASYNC_NETWORK, *NETWORK])
async def network_reach(request: pytest.FixtureRequest, live: Live) -> AsyncIterator[Reach]:
    """The same with those alone that use the network."""
    async with _reaching(request.param, live) as reach:
        yield reach
