"""Idempotency keys in every storage."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT
from tests.support.storages import LASTING, STORAGES
from threadkeep.storage import KeptAnswer, KeyState, Storage

ANSWER = KeptAnswer(
    200, [("content-type", "application/json"), ("x", "a"), ("x", "b")], b'{"id":"\xc3\xa4"}\x00'
)
DAY = 24 * 60 * 60


async def begin(
    storage: Storage,
    key: str = "key-1",
    request: bytes = b"request",
    project: str = PROJECT,
    holder: str = "holder-1",
) -> KeptAnswer | KeyState:
    return await storage.idempotency_keys.begin(project, key, holder, request, hold_seconds=60)


async def keep(
    storage: Storage, key: str = "key-1", answer: KeptAnswer = ANSWER, holder: str = "holder-1"
) -> None:
    await storage.idempotency_keys.keep(PROJECT, key, holder, answer)


async def release(storage: Storage, holder: str = "holder-1") -> None:
    await storage.idempotency_keys.release(PROJECT, "key-1", holder)


async def test_the_first_request_is_done_and_the_next_ones_get_its_answer(storage: Storage):
    assert await begin(storage) == "fresh"
    assert await begin(storage) == "in_progress"
    await keep(storage)

    assert await begin(storage) == ANSWER
    assert await begin(storage) == ANSWER


async def test_another_request_with_the_key_is_told_so(storage: Storage):
    await begin(storage)

    assert await begin(storage, request=b"another") == "mismatch"
    await keep(storage)
    assert await begin(storage, request=b"another") == "mismatch"
    assert await begin(storage) == ANSWER


async def test_keys_of_other_projects_and_other_keys_are_others(storage: Storage):
    await begin(storage)

    assert await begin(storage, project="theirs") == "fresh"
    assert await begin(storage, key="key-2") == "fresh"
    assert await begin(storage, key="KEY-1") == "fresh"


async def test_of_many_at_once_one_is_fresh(storage: Storage):
    states = await asyncio.gather(*(begin(storage) for _ in range(50)))

    assert states.count("fresh") == 1
    assert states.count("in_progress") == 49


async def test_a_key_that_was_released_is_fresh_again(storage: Storage):
    await begin(storage)

    await release(storage)

    assert await begin(storage, request=b"another") == "fresh"


async def test_an_answer_is_not_released_nor_replaced(storage: Storage):
    await begin(storage)
    await keep(storage)

    await release(storage)
    await keep(storage, answer=KeptAnswer(500, [], b""))

    assert await begin(storage) == ANSWER


async def test_who_holds_a_key_too_long_is_taken_for_dead(
    storage: Storage, manual_clock: ManualClock
):
    await begin(storage)
    manual_clock.advance(59)
    assert await begin(storage) == "in_progress"
    manual_clock.advance(1)

    assert await begin(storage, request=b"another") == "fresh"
    assert await begin(storage, request=b"another") == "in_progress"


async def test_who_is_still_at_work_holds_its_key_on(storage: Storage, manual_clock: ManualClock):
    hold = storage.idempotency_keys.hold
    await begin(storage)
    for _ in range(3):
        manual_clock.advance(50)
        assert await hold(PROJECT, "key-1", "holder-1", hold_seconds=60)
        assert await begin(storage, holder="next") == "in_progress"
    manual_clock.advance(60)
    assert await begin(storage, holder="next") == "fresh"

    assert not await hold(PROJECT, "key-1", "holder-1", hold_seconds=60)
    assert await hold(PROJECT, "key-1", "next", hold_seconds=60)
    await keep(storage, holder="next")
    assert not await hold(PROJECT, "key-1", "next", hold_seconds=60)
    assert not await hold(PROJECT, "key-2", "next", hold_seconds=60)


@pytest.mark.parametrize("request_of_the_next", [b"request", b"another"])
async def test_who_was_taken_for_dead_and_comes_back_changes_nothing(
    storage: Storage, manual_clock: ManualClock, request_of_the_next: bytes
):
    await begin(storage, holder="slow")
    manual_clock.advance(60)
    assert await begin(storage, request=request_of_the_next, holder="next") == "fresh"

    await release(storage, "slow")
    assert await begin(storage, request=request_of_the_next) == "in_progress"
    await keep(storage, answer=KeptAnswer(200, [], b"late"), holder="slow")
    assert await begin(storage, request=request_of_the_next) == "in_progress"
    await keep(storage, holder="next")

    assert await begin(storage, request=request_of_the_next) == ANSWER


async def test_an_answer_is_remembered_for_a_day(storage: Storage, manual_clock: ManualClock):
    await begin(storage)
    await keep(storage)
    manual_clock.advance(DAY - 1)
    assert await begin(storage) == ANSWER
    manual_clock.advance(1)

    assert await begin(storage, request=b"another") == "fresh"
    assert await begin(storage, request=b"another") == "in_progress"


async def test_what_is_older_than_a_day_is_forgotten(storage: Storage, manual_clock: ManualClock):
    for number in range(5):
        await begin(storage, key=f"key-{number}")
        await keep(storage, f"key-{number}")
    manual_clock.advance(DAY - 10)
    await begin(storage, key="young")
    assert await storage.idempotency_keys.forget(10) == 0
    manual_clock.advance(10)

    assert [await storage.idempotency_keys.forget(3) for _ in range(3)] == [3, 2, 0]
    assert await begin(storage, key="young") == "in_progress"


async def test_a_key_that_was_never_begun_has_no_answer(storage: Storage):
    await keep(storage)
    await release(storage)

    assert await begin(storage) == "fresh"


@pytest.mark.parametrize("kind", LASTING)
async def test_answers_outlive_the_process_and_who_was_at_work_is_soon_taken_for_dead(
    kind: str, tmp_path: Path, manual_clock: ManualClock
):
    first = STORAGES[kind](tmp_path, manual_clock)
    await first.open()
    await begin(first, key="answered")
    await keep(first, "answered")
    await begin(first, key="interrupted")
    await first.close()

    second = STORAGES[kind](tmp_path, manual_clock)
    await second.open()
    answered, interrupted = [await begin(second, key=key) for key in ("answered", "interrupted")]
    manual_clock.advance(60)
    later = await begin(second, key="interrupted")
    await second.close()

    assert answered == ANSWER
    # Where other processes may be at work, who is gone and who is slow look alike for as long as the key is held.
    assert interrupted == ("fresh" if second.exclusive else "in_progress")
    assert later == "fresh"
