"""What is particular to an application in the process: its failures, its end, what it is told."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.support.transport_probe import TransportProbe
from threadkeep.errors import APIConnectionError
from threadkeep.transport import Request
from threadkeep.transport import asgi as asgi_module
from threadkeep.transport.asgi import ASGITransport, AsyncASGITransport
from threadkeep.transport.background_loop import BackgroundLoop

URL = "http://in.process"


@pytest.fixture
def probe() -> TransportProbe:
    return TransportProbe()


@pytest.fixture
def transport(probe: TransportProbe) -> AsyncASGITransport:
    return AsyncASGITransport(probe)


async def test_a_failure_before_the_response_is_its_cause(transport: AsyncASGITransport) -> None:
    with pytest.raises(APIConnectionError, match="failed on purpose") as caught:
        await transport.send(Request("GET", URL + "/fails"))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_a_failure_within_the_response_is_its_cause(
    transport: AsyncASGITransport, probe: TransportProbe
) -> None:
    probe.gates["break"].open()
    with pytest.raises(APIConnectionError, match="broken on purpose") as caught:
        await transport.send(Request("GET", URL + "/breaks"))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_an_application_that_forgets_to_answer(transport: AsyncASGITransport) -> None:
    with pytest.raises(APIConnectionError, match="ended before its response did"):
        await transport.send(Request("GET", URL + "/forgets"))


async def test_a_failure_after_the_response_is_logged(
    transport: AsyncASGITransport, caplog: pytest.LogCaptureFixture
) -> None:
    response = await transport.send(Request("GET", URL + "/afterwards"))
    await transport.aclose()
    assert response.body == b"complete"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "failed afterwards" in caplog.text


async def test_the_application_sees_a_request_as_from_a_server() -> None:
    scopes: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    await AsyncASGITransport(app).send(Request("GET", "https://user:key@Example.com/a%20b?q=%26"))
    (scope,) = scopes
    assert scope["type"] == "http"
    assert scope["scheme"] == "https"
    assert scope["server"] == ("example.com", 443)
    assert scope["path"] == "/a b"
    assert scope["raw_path"] == b"/a%20b"
    assert scope["query_string"] == b"q=%26"
    assert (b"host", b"Example.com") in scope["headers"]


async def test_nothing_is_kept_beyond_what_the_reader_has_taken(
    transport: AsyncASGITransport, probe: TransportProbe
) -> None:
    async with transport.stream(Request("GET", URL + "/endless")) as response:
        await anext(aiter(response))
        for _ in range(100):
            await asyncio.sleep(0)
        assert probe.bytes_sent < 200_000


async def test_what_a_left_application_still_sends_is_dropped() -> None:
    left, dropped = asyncio.Event(), asyncio.Event()

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not left.is_set():
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        for _ in range(1_000):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        dropped.set()

    transport = AsyncASGITransport(deaf)
    async with transport.stream(Request("GET", URL)) as response:
        assert await anext(aiter(response))
    left.set()
    await dropped.wait()
    await transport.aclose()


async def test_closing_breaks_off_what_is_open(
    transport: AsyncASGITransport, probe: TransportProbe
) -> None:
    async with transport.stream(Request("GET", URL + "/stalls")) as response:
        chunks = aiter(response)
        assert await anext(chunks) == b"begun"
        await transport.aclose()
        with pytest.raises(APIConnectionError, match="closed"):
            await anext(chunks)
    await probe.gates["gone"].passed()


async def test_closing_stops_an_application_that_does_not_listen(
    transport: AsyncASGITransport, probe: TransportProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi_module, "_SECONDS_TO_LEAVE", 0.05)
    async with transport.stream(Request("GET", URL + "/sleepless")) as response:
        assert await anext(aiter(response)) == b"begun"
        await transport.aclose()
    await probe.gates["stopped"].passed()


async def test_reading_after_leaving_is_refused(transport: AsyncASGITransport) -> None:
    async with transport.stream(Request("GET", URL + "/stalls")) as response:
        pass
    with pytest.raises(APIConnectionError, match="left"):
        await response.read()


def test_a_blocking_caller_and_its_loop(probe: TransportProbe) -> None:
    loop = BackgroundLoop()
    transport = ASGITransport(probe, loop)
    assert transport.send(Request("POST", URL + "/body", {}, b"x")).body == b"x"
    with transport.stream(Request("GET", URL + "/stalls")) as response:
        assert next(iter(response)) == b"begun"
    transport.close()
    loop.close()
    with pytest.raises(RuntimeError, match="has ended"):
        transport.send(Request("GET", URL + "/status/200"))
