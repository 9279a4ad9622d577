"""What the transports of plain HTTP do beyond what all transports do."""

from __future__ import annotations

import asyncio
import gc
import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.live_server import live_server
from tests.support.transport_probe import TransportProbe
from tests.support.transports import InThreads
from threadkeep.errors import APIConnectionError
from threadkeep.transport import AsyncTransport, Request, Timeout
from threadkeep.transport.blocking_http import PlainHTTPTransport
from threadkeep.transport.plain_http import AsyncPlainHTTPTransport

TLS = Path(__file__).parents[2] / "support" / "tls"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture
def probe() -> TransportProbe:
    return TransportProbe()


@pytest.fixture
def base_url(probe: TransportProbe) -> Iterator[str]:
    with live_server(probe) as base_url:
        yield base_url


@pytest.fixture(params=["on the event loop", "blocking"])
def make(request: pytest.FixtureRequest) -> Callable[[], AsyncTransport]:
    """Makes one; each test runs once with each kind."""
    if request.param == "blocking":
        return lambda: InThreads(PlainHTTPTransport())
    return AsyncPlainHTTPTransport


@pytest.fixture
async def transport(make: Callable[[], AsyncTransport]) -> AsyncIterator[AsyncTransport]:
    transport = make()
    yield transport
    await transport.aclose()


@asynccontextmanager
async def answering(answer: bytes, *, closes: bool = False) -> AsyncIterator[str]:
    """The URL of a server that answers each request with these very bytes."""

    tasks: set[asyncio.Task[None]] = set()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (await reader.readline()).strip():
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                if closes:
                    break
        finally:
            writer.close()
            await writer.wait_closed()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(answers(reader, writer)))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_connection_serves_again(
    transport: AsyncTransport, base_url: str, probe: TransportProbe
) -> None:
    for _ in range(5):
        await transport.send(Request("POST", base_url + "/body", {}, b"x"))
        async with transport.stream(Request("GET", base_url + "/status/200")) as response:
            await response.read()
    assert len(probe.connections) == 1


async def test_a_stream_that_was_left_early_does_not_serve_again(
    transport: AsyncTransport, base_url: str, probe: TransportProbe
) -> None:
    async with transport.stream(Request("GET", base_url + "/stalls")) as response:
        assert await anext(aiter(response)) == b"begun"
    await transport.send(Request("GET", base_url + "/status/200"))
    assert len(probe.connections) == 2


async def test_a_big_answer_that_nobody_read_holds_nothing_up(
    transport: AsyncTransport, base_url: str
) -> None:
    for _ in range(3):
        url = f"{base_url}/bytes?count=400000"
        async with transport.stream(Request("GET", url)):
            await asyncio.sleep(0.1)  # for all of it to come
    response = await transport.send(Request("GET", base_url + "/status/200"))
    assert response.status == 200


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used(
    transport: AsyncTransport,
) -> None:
    async with answering(OK, closes=True) as url:
        for _ in range(3):
            assert (await transport.send(Request("GET", url))).body == b"ok"


async def test_a_connection_that_ends_as_the_request_goes_out_is_replaced(
    transport: AsyncTransport,
) -> None:
    asked: list[int] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        asked.append(len(await reader.read(10)))
        writer.close()

    async with await asyncio.start_server(answer_once, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for _ in range(3):
            assert (await transport.send(Request("GET", url))).body == b"ok"
        assert asked == [10, 10]
        await transport.aclose()


async def test_a_connection_that_was_not_used_for_long_is_hung_up(
    transport: AsyncTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("plain_http", "blocking_http"):
        monkeypatch.setattr(f"threadkeep.transport.{module}.IDLE_SECONDS", 0.05)
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        while await reader.read(1000):
            pass
        ended.set()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await transport.send(Request("GET", f"http://127.0.0.1:{port}/"))
        async with answering(OK) as other:
            while not ended.is_set():
                await transport.send(Request("GET", other))
                await asyncio.sleep(0.02)


async def test_a_cancelled_request_is_hung_up_before_its_response_begins(
    base_url: str, probe: TransportProbe
) -> None:
    transport = AsyncPlainHTTPTransport()
    asking = asyncio.create_task(transport.send(Request("GET", base_url + "/silent")))
    await probe.gates["arrived"].passed()
    asking.cancel()
    await probe.gates["gone"].passed()
    await transport.aclose()


async def test_an_answer_without_length_ends_with_its_connection(
    transport: AsyncTransport,
) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n\r\nall of it", closes=True) as url:
        assert (await transport.send(Request("GET", url))).body == b"all of it"


async def test_an_interim_answer_is_passed_over(transport: AsyncTransport) -> None:
    async with answering(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK) as url:
        response = await transport.send(Request("GET", url))
    assert (response.status, response.body) == (200, b"ok")
    assert response.headers == {"content-length": "2"}


async def test_an_answer_that_is_compressed_unasked_is_understood(
    transport: AsyncTransport,
) -> None:
    packed = gzip.compress(b'{"object":"list"}')
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    async with answering(head + packed) as url:
        assert (await transport.send(Request("GET", url))).body == b'{"object":"list"}'


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\nx", "coding br"),
        (b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 300_000, "no end"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            "switches",
        ),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n", "chunk"),
    ],
)
async def test_an_answer_that_cannot_be_read(
    transport: AsyncTransport, answer: bytes, reason: str
) -> None:
    async with answering(answer) as url:
        with pytest.raises(APIConnectionError, match=reason):
            await transport.send(Request("GET", url, timeout=Timeout(read=5.0)))


async def test_more_than_was_asked_for_does_not_answer_the_next_request(
    transport: AsyncTransport,
) -> None:
    async with answering(OK + OK.replace(b"ok", b"no")) as url:
        for _ in range(3):
            assert (await transport.send(Request("GET", url))).body == b"ok"


async def test_tls_is_verified(
    make: Callable[[], AsyncTransport],
    transport: AsyncTransport,
    monkeypatch: pytest.MonkeyPatch,
    probe: TransportProbe,
) -> None:
    files = {"ssl_certfile": str(TLS / "server.pem"), "ssl_keyfile": str(TLS / "server.key")}
    with live_server(probe, **files) as secure_url:
        with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
            await transport.send(Request("GET", secure_url + "/status/200"))
        monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
        trusting = make()
        assert (await trusting.send(Request("GET", secure_url + "/status/200"))).status == 200
        await trusting.aclose()


async def test_the_proxy_of_the_environment_is_asked_for_other_machines_alone(
    make: Callable[[], AsyncTransport], base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with answering(OK) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        transport = make()
        elsewhere = await transport.send(Request("GET", "http://models.example/v1/models"))
        here = await transport.send(Request("GET", base_url + "/status/201"))
        await transport.aclose()
    assert (elsewhere.body, here.status) == (b"ok", 201)


async def test_a_port_that_cannot_be_is_refused(transport: AsyncTransport) -> None:
    with pytest.raises(ValueError, match="65536"):
        await transport.send(Request("GET", "http://127.0.0.1:65536/"))


async def test_a_name_of_several_addresses_is_reached_at_the_one_that_answers(
    transport: AsyncTransport, base_url: str
) -> None:
    url = base_url.replace("127.0.0.1", "localhost") + "/status/202"
    assert (await transport.send(Request("GET", url))).status == 202


async def test_another_machine_is_reached_directly_without_a_proxy(
    make: Callable[[], AsyncTransport], base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    transport = make()
    # Spelled like this, the address is not known for that of this machine.
    url = base_url.replace("127.0.0.1", "127.1") + "/status/202"
    assert (await transport.send(Request("GET", url))).status == 202
    await transport.aclose()


def test_one_transport_serves_one_event_loop_after_the_other(
    base_url: str, probe: TransportProbe
) -> None:
    transport = AsyncPlainHTTPTransport()

    async def statuses() -> list[int]:
        request = Request("GET", base_url + "/status/200")
        return [(await transport.send(request)).status for _ in range(2)]

    assert [asyncio.run(statuses()) for _ in range(3)] == [[200, 200]] * 3
    assert len(probe.connections) == 3
    gc.collect()  # what an event loop left open would tell so, and fail the test


async def test_one_transport_serves_several_event_loops_at_once(
    base_url: str, probe: TransportProbe
) -> None:
    transport = AsyncPlainHTTPTransport()

    async def follow(name: str) -> bytes:
        url = f"{base_url}/gated?name={name}"
        async with transport.stream(Request("GET", url)) as response:
            probe.gates[f"{name}-begun"].open()
            return await response.read()

    names = ("a", "b", "c")
    reading = [asyncio.to_thread(asyncio.run, follow(name)) for name in names]
    answers = asyncio.gather(*reading)
    for name in names:
        await probe.gates[f"{name}-begun"].passed()
    for gate in [f"{name}-{number}" for name in names for number in range(3)]:
        probe.gates[gate].open()
    assert await answers == [f"{name} 0{name} 1{name} 2".encode() for name in names]
