"""How every bus carries requests and their answers."""

from __future__ import annotations

import asyncio

from tests.support.buses import Ends
from threadkeep.bus import SMALL_BYTES


async def test_a_request_gets_the_answer_of_whoever_serves_its_subject(ends: Ends):
    await ends.there.serve("replay.worker_1", lambda payload: b"one: " + payload)
    await ends.there.serve("replay.worker_2", lambda payload: b"two: " + payload)

    assert await ends.here.request("replay.worker_1", b"\x00\xff", timeout=5) == b"one: \x00\xff"
    assert await ends.here.request("replay.worker_2", b"", timeout=5) == b"two: "


async def test_requests_at_once_get_each_their_own_answer(ends: Ends):
    await ends.there.serve("double", lambda payload: payload * 2)

    answers = await asyncio.gather(
        *(ends.here.request("double", str(n).encode(), timeout=5) for n in range(100))
    )

    assert answers == [str(n).encode() * 2 for n in range(100)]


async def test_an_answer_may_have_megabytes(ends: Ends):
    await ends.there.serve("replay", lambda payload: payload * 100)
    question = bytes(range(256)) * (SMALL_BYTES // 256)

    assert await ends.here.request("replay", question, timeout=5) == question * 100


async def test_a_request_that_nobody_serves_has_no_answer_and_does_not_wait_for_it(ends: Ends):
    async with asyncio.timeout(5):
        assert await ends.here.request("nobody", b"", timeout=3600) is None


async def test_a_request_is_no_publication(ends: Ends):
    seen: list[bytes] = []
    await ends.there.subscribe("subject", seen.append)

    assert await ends.here.request("subject", b"", timeout=0.05) is None


async def test_a_server_that_fails_gives_no_answer_and_goes_on(ends: Ends):
    def answer(payload: bytes) -> bytes:
        if payload == b"fail":
            raise RuntimeError("a fault in a server")
        return payload

    await ends.there.serve("subject", answer)

    assert await ends.here.request("subject", b"fail", timeout=5) is None
    assert await ends.here.request("subject", b"again", timeout=5) == b"again"


async def test_who_has_ceased_to_serve_answers_no_more(ends: Ends):
    first = await ends.there.serve("subject", lambda _: b"first")
    await first.cancel()
    await first.cancel()
    assert await ends.here.request("subject", b"", timeout=0.05) is None

    await ends.there.serve("subject", lambda _: b"second")
    assert await ends.here.request("subject", b"", timeout=5) == b"second"


async def test_another_server_answers_when_one_ceases(ends: Ends):
    first = await ends.there.serve("subject", lambda _: b"answer")
    await ends.there.serve("subject", lambda _: b"answer")
    await first.cancel()

    assert await ends.here.request("subject", b"", timeout=5) == b"answer"


async def test_after_the_stop_there_is_no_answer(ends: Ends):
    subscription = await ends.there.serve("subject", lambda _: b"answer")
    await ends.there.stop()

    assert await ends.here.request("subject", b"", timeout=0.05) is None
    await subscription.cancel()
