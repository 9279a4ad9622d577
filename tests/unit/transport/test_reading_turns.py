"""Readers of many streams take turns on one event loop."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tests.support.live_server import live_server
from threadkeep.transport import Request
from threadkeep.transport.plain_http import AsyncPlainHTTPTransport
from threadkeep.transport.reading_turns import READERS_IN_A_PASS, ReadingTurns


async def woken_in_passes(count: int, given_up: frozenset[int] = frozenset()) -> list[list[int]]:
    """Which of so many readers, whose bytes come all at once, go on in each pass of the event loop.

    After the first pass some give up, by number.
    """
    loop = asyncio.get_running_loop()
    turns = ReadingTurns(loop)
    woken: list[int] = []
    readers = [asyncio.create_task(_read(turns, number, woken)) for number in range(count)]
    passes: list[list[int]] = []
    while not all(reader.done() for reader in readers):
        before = len(woken)
        await asyncio.sleep(0)
        if not passes:
            for number in given_up:
                readers[number].cancel()
        passes.append(woken[before:])
    return passes


async def _read(turns: ReadingTurns, number: int, woken: list[int]) -> None:
    arrival = asyncio.get_running_loop().create_future()
    turns.give(arrival)
    await arrival
    woken.append(number)


def test_a_few_go_on_in_each_pass_and_in_the_order_of_their_bytes():
    passes = asyncio.run(woken_in_passes(100))

    assert [number for each in passes for number in each] == list(range(100))
    assert max(map(len, passes)) == READERS_IN_A_PASS


@given(st.integers(0, 60), st.frozensets(st.integers(0, 59)))
def test_who_gives_up_as_it_waits_takes_nobodys_turn(count, given_up):
    given_up = frozenset(number for number in given_up if number < count)

    passes = asyncio.run(woken_in_passes(count, given_up))

    left = [n for n in range(count) if n not in given_up or n < READERS_IN_A_PASS]
    assert [number for each in passes for number in each] == left


async def test_streams_that_all_speak_at_once_lose_nothing():
    all_listen = asyncio.Event()
    listening = 0

    async def app(scope, receive, send):
        nonlocal listening
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first ", "more_body": True})
        listening += 1
        if listening == 50:
            all_listen.set()
        await all_listen.wait()
        for number in range(20):
            body = b"%d " % number
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"last"})

    async def read(transport: AsyncPlainHTTPTransport, url: str) -> bytes:
        async with transport.stream(Request("GET", url)) as response:
            return await response.read()

    with live_server(app) as base_url:
        transport = AsyncPlainHTTPTransport()
        bodies = await asyncio.gather(*(read(transport, base_url) for _ in range(50)))
        await transport.aclose()

    told = b"first " + b"".join(b"%d " % number for number in range(20)) + b"last"
    assert bodies == [told] * 50
