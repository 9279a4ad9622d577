"""What a transport raises when no response comes, or not in time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from tests.support.transports import Reach
from threadkeep.errors import APIConnectionError, APITimeoutError
from threadkeep.transport import Request, Timeout

SHORT = Timeout(read=0.3)


async def test_no_answer_in_time(reach: Reach) -> None:
    with pytest.raises(APITimeoutError, match="/silent"):
        await reach.transport.send(reach.request("/silent", timeout=SHORT))
    await reach.probe.gates["gone"].passed()


async def test_no_head_in_time(reach: Reach) -> None:
    with pytest.raises(APITimeoutError, match="/silent"):
        async with reach.transport.stream(reach.request("/silent", timeout=SHORT)):
            pytest.fail("there is no response")  # pragma: no cover
    await reach.probe.gates["gone"].passed()


async def test_a_stream_that_stalls(reach: Reach) -> None:
    async with reach.transport.stream(reach.request("/stalls", timeout=SHORT)) as response:
        chunks = aiter(response)
        assert await anext(chunks) == b"begun"
        with pytest.raises(APITimeoutError, match="/stalls"):
            await anext(chunks)


async def test_a_whole_response_that_stalls(reach: Reach) -> None:
    with pytest.raises(APITimeoutError):
        await reach.transport.send(reach.request("/stalls", timeout=SHORT))


async def test_a_response_that_goes_on_for_too_long(reach: Reach) -> None:
    with pytest.raises(APITimeoutError):
        await reach.transport.send(reach.request("/endless", timeout=Timeout(total=0.5)))


async def test_a_stream_that_goes_on_for_too_long(reach: Reach) -> None:
    request = reach.request("/endless", timeout=Timeout(read=None, total=0.5))
    async with reach.transport.stream(request) as response:
        with pytest.raises(APITimeoutError):
            await response.read()


async def test_no_limits_at_all(reach: Reach) -> None:
    unlimited = Timeout(connect=None, read=None, total=None)
    response = await reach.transport.send(reach.request("/status/200", timeout=unlimited))
    assert response.status == 200


async def test_a_closed_transport_sends_nothing_more(reach: Reach) -> None:
    await reach.transport.send(reach.request("/status/200"))
    await reach.transport.aclose()
    with pytest.raises(APIConnectionError, match="closed"):
        await reach.transport.send(reach.request("/status/200"))
    with pytest.raises(APIConnectionError, match="closed"):
        async with reach.transport.stream(reach.request("/status/200")):
            pytest.fail("there is no response")  # pragma: no cover


async def test_a_refused_connection(network_reach: Reach) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1/threads?key=secret"
        with pytest.raises(APIConnectionError, match=r"GET http://127\.0\.0\.1:") as caught:
            await network_reach.transport.send(Request("GET", url))
    assert not isinstance(caught.value, APITimeoutError)
    assert caught.value.__cause__ is not None
    assert "secret" not in str(caught.value)


async def test_a_host_that_does_not_exist(network_reach: Reach) -> None:
    with pytest.raises(APIConnectionError):
        await network_reach.transport.send(Request("GET", "http://nowhere.invalid/"))


async def test_a_server_that_hangs_up(network_reach: Reach, hanging_up: str) -> None:
    with pytest.raises(APIConnectionError):
        await network_reach.transport.send(Request("POST", hanging_up, {}, b"{}"))
    with pytest.raises(APIConnectionError):
        async with network_reach.transport.stream(Request("POST", hanging_up, {}, b"{}")):
            pytest.fail("there is no response")  # pragma: no cover


async def test_a_server_that_does_not_speak_http(network_reach: Reach, babbling: str) -> None:
    with pytest.raises(APIConnectionError):
        await network_reach.transport.send(Request("GET", babbling))


async def test_a_body_shorter_than_promised(network_reach: Reach, cutting_short: str) -> None:
    with pytest.raises(APIConnectionError):
        await network_reach.transport.send(Request("GET", cutting_short))


@pytest.fixture
async def hanging_up() -> AsyncIterator[str]:
    """The URL of a server that reads a request and closes the connection."""
    async with await _server(b"") as server:
        yield _url(server)


@pytest.fixture
async def babbling() -> AsyncIterator[str]:
    """The URL of a server that answers in no known protocol."""
    async with await _server(b"220 mail.example ESMTP\r\n") as server:
        yield _url(server)


@pytest.fixture
async def cutting_short() -> AsyncIterator[str]:
    """The URL of a server that closes the connection before the end of the body."""
    async with await _server(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this") as server:
        yield _url(server)


async def _server(answer: bytes) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


def _url(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
