"""What a transport gives back when the response has come whole."""

from __future__ import annotations

import pytest

from tests.support.transports import Reach


@pytest.mark.parametrize("status", [200, 201, 400, 401, 404, 409, 429, 500, 503])
async def test_every_status_is_a_response(reach: Reach, status: int) -> None:
    response = await reach.transport.send(reach.request(f"/status/{status}"))
    assert (response.status, response.body) == (status, b"the body")


@pytest.mark.parametrize("status", [404, 503])
async def test_every_status_can_be_streamed(reach: Reach, status: int) -> None:
    async with reach.transport.stream(reach.request(f"/status/{status}")) as response:
        assert (response.status, await response.read()) == (status, b"the body")


async def test_a_redirect_is_not_followed(reach: Reach) -> None:
    response = await reach.transport.send(reach.request("/redirect", "POST", {}, b"secret"))
    assert (response.status, response.headers["location"]) == (307, "/echo")
    assert response.body == b"elsewhere"


async def test_header_names_are_lower_case_and_repeated_ones_joined(reach: Reach) -> None:
    response = await reach.transport.send(reach.request("/headers"))
    assert response.headers["x-one"] == "1"
    assert response.headers["x-many"] == "a, b"


async def test_a_header_that_is_not_ascii_takes_no_other_with_it(reach: Reach) -> None:
    response = await reach.transport.send(reach.request("/headers?name=Zo%C3%AB"))
    assert response.headers["x-one"] == "1"
    assert response.headers["x-many"] == "a, b"


async def test_a_response_may_be_empty(reach: Reach) -> None:
    response = await reach.transport.send(reach.request("/empty", "DELETE"))
    assert (response.status, response.body) == (204, b"")
    async with reach.transport.stream(reach.request("/empty")) as streamed:
        assert [chunk async for chunk in streamed] == []


async def test_a_head_has_no_body(reach: Reach) -> None:
    response = await reach.transport.send(reach.request("/status/200", "HEAD"))
    assert (response.status, response.body) == (200, b"")


async def test_a_big_response_comes_whole(reach: Reach) -> None:
    response = await reach.transport.send(reach.request("/bytes?count=24000000"))
    assert response.body == b"\xe2\x82\xac" * 8_000_000


async def test_bytes_come_as_they_were_sent(reach: Reach) -> None:
    body = bytes(range(256)) * 300
    request = reach.request("/body", "POST", {"content-type": "application/octet-stream"}, body)
    assert (await reach.transport.send(request)).body == body
