"""What a transport sends."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.support.transports import Reach
from threadkeep.transport import Request


async def echo(reach: Reach, *arguments: Any) -> dict[str, Any]:
    response = await reach.transport.send(reach.request(*arguments))
    assert response.status == 200
    return json.loads(response.body)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_the_method_arrives(reach: Reach, method: str) -> None:
    assert (await echo(reach, "/echo", method))["method"] == method


async def test_path_and_query_arrive_as_they_are_escaped(reach: Reach) -> None:
    seen = await echo(reach, "/echo/a%2Fb%20%C3%A9?order=asc&include%5B%5D=x%26y")

    assert seen["raw_path"] == "/echo/a%2Fb%20%C3%A9"
    assert seen["path"] == "/echo/a/b é"
    assert seen["query"] == "order=asc&include%5B%5D=x%26y"


async def test_headers_arrive_under_lower_case_names(reach: Reach) -> None:
    given = {"Authorization": "Bearer sk-1", "x-empty": ""}
    headers = dict((await echo(reach, "/echo", "GET", given))["headers"])

    assert headers["authorization"] == "Bearer sk-1"
    assert headers["x-empty"] == ""
    assert headers["host"] == reach.base_url.partition("//")[2]


async def test_no_content_coding_is_asked_for(reach: Reach) -> None:
    headers = dict((await echo(reach, "/echo"))["headers"])
    assert headers["accept-encoding"] == "identity"


async def test_a_content_coding_of_the_caller_stays(reach: Reach) -> None:
    headers = (await echo(reach, "/echo", "GET", {"accept-encoding": "gzip"}))["headers"]
    assert [value for name, value in headers if name == "accept-encoding"] == ["gzip"]


async def test_a_body_arrives_with_its_length(reach: Reach) -> None:
    body = '{"text":"naïve ☃"}'.encode()
    seen = await echo(reach, "/echo", "POST", {"content-type": "application/json"}, body)

    assert seen["body"] == body.decode()
    headers = dict(seen["headers"])
    assert headers["content-length"] == str(len(body))
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("body", [None, b""])
async def test_an_empty_post_says_that_it_is_empty(reach: Reach, body: bytes | None) -> None:
    seen = await echo(reach, "/echo", "POST", {}, body)
    assert seen["body"] == ""
    assert dict(seen["headers"])["content-length"] == "0"


async def test_a_body_in_chunks_arrives_whole(reach: Reach) -> None:
    seen = await echo(reach, "/echo", "POST", {}, [b"one ", b"", b"two"])
    assert seen["body"] == "one two"
    assert dict(seen["headers"])["transfer-encoding"] == "chunked"


async def test_a_body_in_no_chunks_is_empty(reach: Reach) -> None:
    assert (await echo(reach, "/echo", "POST", {}, iter(())))["body"] == ""


async def test_chunks_of_known_length_are_sent_under_that_length(reach: Reach) -> None:
    seen = await echo(reach, "/echo", "POST", {"content-length": "7"}, [b"one ", b"two"])
    assert seen["body"] == "one two"
    headers = dict(seen["headers"])
    assert headers["content-length"] == "7"
    assert "transfer-encoding" not in headers


async def test_a_body_that_can_be_iterated_again_can_be_sent_again(reach: Reach) -> None:
    request = reach.request("/body", "POST", {}, [b"one ", b"two"])
    assert (await reach.transport.send(request)).body == b"one two"
    assert (await reach.transport.send(request)).body == b"one two"


async def test_a_big_body_arrives(reach: Reach) -> None:
    body = b"0123456789abcdef" * 1_000_000
    request = reach.request("/digest", "POST", {}, body)
    response = await reach.transport.send(request)
    assert json.loads(response.body) == [len(body), hashlib.sha256(body).hexdigest()]


async def test_a_big_body_in_chunks_arrives_in_order(reach: Reach) -> None:
    digest = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        for number in range(250):
            chunk = b"%08d" % number * 8_000
            digest.update(chunk)
            yield chunk

    response = await reach.transport.send(reach.request("/digest", "POST", {}, chunks()))
    assert json.loads(response.body) == [250 * 64_000, digest.hexdigest()]


async def test_an_asynchronous_body_is_sent_as_it_grows(async_reach: Reach) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"."
            await async_reach.probe.gates[f"received-{number}"].passed()

    response = await async_reach.transport.send(
        async_reach.request("/received", "POST", {}, chunks())
    )
    assert response.body == b"3"


async def test_an_error_of_the_body_comes_out_as_it_is(reach: Reach) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"some"
        raise KeyError("of the caller")

    with pytest.raises(KeyError, match="of the caller"):
        await reach.transport.send(reach.request("/body", "POST", {}, chunks()))
    with pytest.raises(KeyError, match="of the caller"):
        async with reach.transport.stream(reach.request("/body", "POST", {}, chunks())):
            pytest.fail("there is no response")  # pragma: no cover


@pytest.mark.parametrize("url", ["/v1/threads", "localhost:8000/v1", "ftp://host/file", "http://"])
async def test_what_is_not_the_url_of_a_server_is_refused(reach: Reach, url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the library's
        await reach.transport.send(Request("GET", url))
    with pytest.raises(ValueError):  # noqa: PT011 - the same
        async with reach.transport.stream(Request("GET", url)):
            pytest.fail("there is no response")  # pragma: no cover


@pytest.mark.parametrize("headers", [{"x-a": "1\r\nx-b: 2"}, {"x a": "1"}])
async def test_what_is_not_a_header_is_refused(reach: Reach, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the library's
        await reach.transport.send(reach.request("/echo", "GET", headers))
