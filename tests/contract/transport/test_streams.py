"""How a response arrives while it is still being made."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.transports import Reach
from threadkeep.errors import APIConnectionError


async def test_each_chunk_is_there_before_the_next_is_made(reach: Reach) -> None:
    gates = reach.probe.gates
    async with reach.transport.stream(reach.request("/gated")) as response:
        assert response.status == 200
        chunks = aiter(response)
        for number in range(3):
            gates[f"chunk-{number}"].open()
            assert await anext(chunks) == f"chunk {number}".encode()
        assert [chunk async for chunk in chunks] == []


async def test_chunks_are_never_empty_and_add_up_to_the_body(reach: Reach) -> None:
    async with reach.transport.stream(reach.request("/bytes?count=3000000")) as response:
        chunks = [chunk async for chunk in response]
    assert all(chunks)
    assert b"".join(chunks) == b"\xe2\x82\xac" * 1_000_000


async def test_read_gives_what_was_not_yet_given(reach: Reach) -> None:
    for number in range(3):
        reach.probe.gates[f"chunk-{number}"].open()
    async with reach.transport.stream(reach.request("/gated")) as response:
        first = await anext(aiter(response))
        assert first + await response.read() == b"chunk 0chunk 1chunk 2"
        assert await response.read() == b""


async def test_leaving_early_hangs_up(reach: Reach) -> None:
    async with reach.transport.stream(reach.request("/endless")) as response:
        assert await anext(aiter(response))
    await reach.probe.gates["gone"].passed()


async def test_leaving_without_reading_hangs_up(reach: Reach) -> None:
    async with reach.transport.stream(reach.request("/stalls")) as response:
        assert response.status == 200
    await reach.probe.gates["gone"].passed()


async def test_an_error_in_the_block_hangs_up_and_comes_out(reach: Reach) -> None:
    with pytest.raises(KeyError, match="of the caller"):
        async with reach.transport.stream(reach.request("/stalls")):
            raise KeyError("of the caller")
    await reach.probe.gates["gone"].passed()


async def test_after_leaving_early_the_transport_goes_on(reach: Reach) -> None:
    for _ in range(3):
        async with reach.transport.stream(reach.request("/endless")) as response:
            assert await anext(aiter(response))
    assert (await reach.transport.send(reach.request("/status/200"))).status == 200


async def test_a_response_that_breaks_off_is_a_connection_error(reach: Reach) -> None:
    async with reach.transport.stream(reach.request("/breaks")) as response:
        chunks = aiter(response)
        assert await anext(chunks) == b"begun"
        reach.probe.gates["break"].open()
        with pytest.raises(APIConnectionError):
            await anext(chunks)


async def test_a_whole_response_that_breaks_off_is_a_connection_error(reach: Reach) -> None:
    reach.probe.gates["break"].open()
    with pytest.raises(APIConnectionError):
        await reach.transport.send(reach.request("/breaks"))


async def test_a_slow_reader_holds_the_sender_back(reach: Reach) -> None:
    async with reach.transport.stream(reach.request("/endless")) as response:
        await anext(aiter(response))
        sent = -1
        while reach.probe.bytes_sent > sent:
            sent = reach.probe.bytes_sent
            await asyncio.sleep(0.2)  # for the buffers of the operating system to fill
    assert sent < 50_000_000


async def test_a_hundred_streams_at_once(reach: Reach) -> None:
    arrived: list[bytes] = []
    everyone = asyncio.Event()

    async def follow(name: str) -> bytes:
        async with reach.transport.stream(reach.request(f"/gated?name={name}")) as response:
            chunks = aiter(response)
            reach.probe.gates[f"{name}-0"].open()
            arrived.append(await anext(chunks))
            if len(arrived) == 100:
                everyone.set()
            # All hundred are open here at the same time.
            await everyone.wait()
            reach.probe.gates[f"{name}-1"].open()
            reach.probe.gates[f"{name}-2"].open()
            return b"".join([chunk async for chunk in chunks])

    names = [f"s{number}" for number in range(100)]
    rests = await asyncio.gather(*map(follow, names))
    assert sorted(arrived) == sorted(f"{name} 0".encode() for name in names)
    assert rests == [f"{name} 1{name} 2".encode() for name in names]
