"""What is particular to the network transport: certificates, proxies, loops, forks."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.live_server import live_server
from tests.support.python_process import run_python
from tests.support.transport_probe import TransportProbe
from threadkeep.errors import APIConnectionError
from threadkeep.transport import Request, Timeout
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport

TLS = Path(__file__).parents[2] / "support" / "tls"


@pytest.fixture
def probe() -> TransportProbe:
    return TransportProbe()


@pytest.fixture
def base_url(probe: TransportProbe) -> Iterator[str]:
    with live_server(probe) as base_url:
        yield base_url


@pytest.fixture
def secure_url(probe: TransportProbe) -> Iterator[str]:
    """A server with a certificate of an authority that nobody knows."""
    files = {"ssl_certfile": str(TLS / "server.pem"), "ssl_keyfile": str(TLS / "server.key")}
    with live_server(probe, **files) as base_url:
        yield base_url


def test_an_unknown_authority_is_refused(secure_url: str) -> None:
    with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
        PyreqwestTransport().send(Request("GET", secure_url + "/status/200"))


@pytest.mark.parametrize("http2", [False, True])
def test_the_authorities_of_ssl_cert_file_are_trusted(
    secure_url: str, monkeypatch: pytest.MonkeyPatch, http2: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    transport = PyreqwestTransport(http2=http2)
    assert transport.send(Request("GET", secure_url + "/status/200")).status == 200
    transport.close()


async def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n"))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nproxy")
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    transport = AsyncPyreqwestTransport()
    response = await transport.send(Request("GET", "http://models.example/v1/models"))
    await transport.aclose()
    server.close()
    assert response.body == b"proxy"
    assert asked == [b"GET http://models.example/v1/models HTTP/1.1\r\n"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "user:word@127.0.0.1"])
def test_this_machine_is_reached_directly(
    base_url: str, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    url = base_url.replace("127.0.0.1", host)
    transport = PyreqwestTransport()
    assert transport.send(Request("GET", url + "/status/200")).status == 200
    transport.close()


def test_hosts_of_no_proxy_are_reached_directly(
    base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Spelled like this, the address is not known for that of this machine.
    request = Request("GET", base_url.replace("127.0.0.1", "127.1") + "/status/200")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "example.com")
    transport = PyreqwestTransport()
    with pytest.raises(APIConnectionError):
        transport.send(request)
    transport.close()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    transport = PyreqwestTransport()
    assert transport.send(request).status == 200
    transport.close()


def test_one_transport_serves_one_event_loop_after_the_other(base_url: str) -> None:
    transport = AsyncPyreqwestTransport()

    async def status() -> int:
        async with transport.stream(Request("GET", base_url + "/status/200")) as response:
            await response.read()
            return response.status

    assert [asyncio.run(status()) for _ in range(3)] == [200, 200, 200]
    asyncio.run(transport.aclose())


def test_connections_are_used_again(base_url: str, probe: TransportProbe) -> None:
    transport = PyreqwestTransport()
    for _ in range(5):
        transport.send(Request("POST", base_url + "/body", {}, b"x"))
        with transport.stream(Request("GET", base_url + "/status/200")) as response:
            response.read()
    assert len(probe.connections) == 1
    transport.close()


def test_any_number_of_different_timeouts(base_url: str, probe: TransportProbe) -> None:
    transport = PyreqwestTransport()
    with transport.stream(Request("GET", base_url + "/gated")) as response:
        for seconds in range(1, 41):
            request = Request("GET", base_url + "/status/200", timeout=Timeout(read=float(seconds)))
            assert transport.send(request).status == 200
        for number in range(3):
            probe.gates[f"chunk-{number}"].open()
        assert response.read() == b"chunk 0chunk 1chunk 2"
    transport.close()


async def test_an_asynchronous_body_needs_an_asynchronous_transport() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"never"  # pragma: no cover

    with pytest.raises(TypeError, match="asynchronous"):
        PyreqwestTransport().send(Request("POST", "http://127.0.0.1:1/", {}, chunks()))


def test_a_server_that_compresses_unasked_is_understood() -> None:
    packed = gzip.compress(b'{"object":"list"}')

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(packed))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": packed})

    with live_server(app) as base_url:
        transport = PyreqwestTransport()
        assert transport.send(Request("GET", base_url)).body == b'{"object":"list"}'
        transport.close()


def test_a_forked_process_is_told_what_to_do() -> None:
    code = (
        "import os\n"
        "from threadkeep.transport import Request\n"
        "from threadkeep.transport.pyreqwest import PyreqwestTransport\n"
        "transport = PyreqwestTransport()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try:\n"
        "        transport.send(Request('GET', 'http://127.0.0.1:1/'))\n"
        "    except RuntimeError as error:\n"
        "        print(error, flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
    )
    done = run_python(code)
    assert "forked" in done.stdout


def test_the_library_is_loaded_with_the_transport_alone() -> None:
    code = (
        "import sys, threadkeep.transport, threadkeep.transport.asgi\n"
        "print('pyreqwest' in sys.modules)"
    )
    done = run_python(code)
    assert (done.stdout, done.stderr) == ("False\n", "")
