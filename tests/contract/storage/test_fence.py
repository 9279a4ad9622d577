"""How every storage keeps out a worker that lost its run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_thread,
    new_message,
    new_step,
    new_thread,
    started,
    with_status,
)
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.page import PageQuery
from threadkeep.types.run_step import RunStep
from threadkeep.types.usage import Usage


async def stored(storage: Storage, record: RunRecord) -> RunRecord | None:
    return await storage.runs.find(record.project, record.run.thread_id, record.run.id)


async def steps_of(storage: Storage, record: RunRecord) -> list[RunStep]:
    return await storage.run_steps.of_runs(record.project, record.run.thread_id, [record.run.id])


async def taken_over(storage: Storage, record: RunRecord, worker: str = "worker-2") -> RunRecord:
    """The run, once another worker has it."""
    after = with_status(record, "queued", worker=None)
    assert await storage.runs.write(record, after=after) is not None
    (claimed,) = await storage.runs.claim(
        worker, started, limit=1, only=(record.run.thread_id, record.run.id)
    )
    return claimed


async def test_the_worker_writes_its_run_with_steps_and_messages(storage: Storage):
    record = await keep_claimed_run(storage)
    usage = Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    step = new_step(record.run, usage=usage)
    message = replace(
        new_message(await keep_thread(storage)),
        thread_id=record.run.thread_id,
        run_id=record.run.id,
        role="assistant",
    )
    after = replace(
        with_status(record, "requires_action", worker=None),
        attempts=0,
        due_at=1_700_000_042.5,
        parked_usage=usage,
    )

    written = await storage.runs.write(record, steps=[step], messages=[message], after=after)

    assert written is not None
    assert written == replace(after, revision=written.revision)
    assert written.revision > record.revision
    assert await stored(storage, record) == written
    assert await steps_of(storage, record) == [step]
    kept = await storage.messages.find(PROJECT, record.run.thread_id, message.id)
    assert kept is not None
    assert kept.value == message


async def test_steps_and_messages_are_written_without_touching_the_run(storage: Storage):
    record = await keep_claimed_run(storage)
    step = new_step(record.run, status="in_progress")

    assert await storage.runs.write(record, steps=[step]) == record

    assert await stored(storage, record) == record
    assert await steps_of(storage, record) == [step]


async def test_what_is_written_again_is_replaced_and_keeps_its_place(storage: Storage):
    thread = await keep_thread(storage)
    record = await keep_claimed_run(storage, thread=thread)
    steps = [new_step(record.run, status="in_progress") for _ in range(2)]
    messages = [new_message(thread, run_id=record.run.id, status="in_progress") for _ in range(2)]
    await storage.runs.write(record, steps=steps, messages=messages)
    first_step = replace(steps[0], status="completed")
    first_message = replace(messages[0], status="completed")

    await storage.runs.write(record, steps=[first_step], messages=[first_message])

    assert await steps_of(storage, record) == [first_step, steps[1]]
    page = await storage.messages.page(PROJECT, thread.id, PageQuery(order="asc"))
    assert (page.first_id, page.last_id) == (messages[0].id, messages[1].id)
    kept = await storage.messages.find(PROJECT, thread.id, messages[0].id)
    assert kept is not None
    assert kept.value == first_message


async def test_a_message_that_was_replaced_has_another_revision(storage: Storage):
    thread = await keep_thread(storage)
    record = await keep_claimed_run(storage, thread=thread)
    message = new_message(thread, run_id=record.run.id)
    await storage.runs.write(record, messages=[message])
    seen = await storage.messages.find(PROJECT, thread.id, message.id)
    assert seen is not None

    await storage.runs.write(record, messages=[replace(message, metadata={"by": "the run"})])

    assert not await storage.messages.update(PROJECT, message, seen.revision)


@pytest.mark.parametrize(
    "stale",
    [{"epoch": 0}, {"epoch": 2}, {"worker": "worker-2"}, {"worker": None}, {"project": "other"}],
    ids=str,
)
@pytest.mark.parametrize("with_after", [True, False])
async def test_nothing_is_written_by_whoever_does_not_have_the_run(
    storage: Storage, stale: dict[str, Any], with_after: bool
):
    thread = await keep_thread(storage)
    record = await keep_claimed_run(storage, thread=thread)
    claim = replace(record, **stale)
    after = with_status(claim, "completed") if with_after else None
    message = new_message(thread)

    written = await storage.runs.write(
        claim, steps=[new_step(record.run)], messages=[message], after=after
    )

    assert written is None
    assert await stored(storage, record) == record
    assert await steps_of(storage, record) == []
    assert await storage.messages.find(PROJECT, thread.id, message.id) is None


async def test_a_worker_that_lost_its_run_writes_nothing_even_if_it_gets_it_back(storage: Storage):
    mine = await keep_claimed_run(storage, "worker-1")
    theirs = await taken_over(storage, mine, "worker-2")
    mine_again = await taken_over(storage, theirs, "worker-1")

    assert await storage.runs.write(mine, steps=[new_step(mine.run)]) is None
    assert await storage.runs.write(mine, after=with_status(mine, "completed")) is None
    assert await storage.runs.write(theirs, after=with_status(theirs, "completed")) is None

    assert await stored(storage, mine) == mine_again
    assert await steps_of(storage, mine) == []


async def test_the_run_itself_is_replaced_only_as_it_was_last_seen(storage: Storage):
    record = await keep_claimed_run(storage)
    cancelling = await storage.runs.write(record, after=with_status(record, "cancelling"))
    assert cancelling is not None

    assert await storage.runs.write(record, after=with_status(record, "completed")) is None

    assert await stored(storage, record) == cancelling


async def test_steps_are_written_although_the_run_has_changed_and_the_change_is_told(
    storage: Storage,
):
    record = await keep_claimed_run(storage)
    cancelling = await storage.runs.write(record, after=with_status(record, "cancelling"))
    step = new_step(record.run)

    assert await storage.runs.write(record, steps=[step]) == cancelling

    assert await steps_of(storage, record) == [step]


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "incomplete", "expired"])
async def test_nothing_is_added_to_a_run_that_is_over(storage: Storage, status: str):
    record = await keep_claimed_run(storage)
    ended = await storage.runs.write(record, after=with_status(record, status))
    assert ended is not None

    assert await storage.runs.write(ended, steps=[new_step(record.run)]) is None

    assert await steps_of(storage, record) == []


async def test_a_parked_run_is_nobodys_and_is_written_as_such(storage: Storage):
    record = await keep_claimed_run(storage)
    parked = await storage.runs.write(
        record, after=with_status(record, "requires_action", worker=None)
    )
    assert parked is not None

    assert await storage.runs.write(record, after=with_status(record, "completed")) is None
    resumed = await storage.runs.write(parked, after=with_status(parked, "queued"))

    assert resumed is not None
    assert await stored(storage, record) == resumed


async def test_of_many_writes_at_once_one_goes_through(storage: Storage):
    record = await keep_claimed_run(storage)
    steps = [new_step(record.run) for _ in range(20)]

    answers = await asyncio.gather(
        *(
            storage.runs.write(record, steps=[step], after=with_status(record, "completed"))
            for step in steps
        )
    )

    (winner,) = [number for number, answer in enumerate(answers) if answer is not None]
    assert await stored(storage, record) == answers[winner]
    assert await steps_of(storage, record) == [steps[winner]]


async def test_a_write_that_is_tried_again_shows_that_it_was_done(storage: Storage):
    """If an answer is lost on the way, the row tells whose the last word was."""
    record = await keep_claimed_run(storage, "worker-1")
    after = with_status(record, "completed")
    first = await storage.runs.write(record, after=after)

    assert await storage.runs.write(record, after=after) is None

    kept = await stored(storage, record)
    assert kept == first
    assert kept is not None
    assert (kept.run.status, kept.worker, kept.epoch) == ("completed", "worker-1", record.epoch)


async def test_a_run_can_only_end_once_even_if_it_is_expired_and_completed_at_once(
    storage: Storage,
):
    record = await keep_claimed_run(storage)

    answers = await asyncio.gather(
        storage.runs.write(record, after=with_status(record, "completed")),
        storage.runs.write(record, after=with_status(record, "expired")),
    )

    assert answers.count(None) == 1


async def test_a_run_that_is_closed_leaves_nothing_open_that_came_at_the_last_moment(
    storage: Storage,
):
    record = await keep_claimed_run(storage)
    run, thread = record.run, new_thread(id=record.run.thread_id)
    done, begun = new_step(run), new_step(run, status="in_progress")
    message = new_message(thread, run_id=run.id, status="in_progress")
    assert await storage.runs.write(record, steps=[done, begun], messages=[message]) is not None

    closed = with_status(record, "expired", worker=None, epoch=2)
    assert await storage.runs.write(record, after=closed) is not None

    assert await storage.run_steps.of_runs(PROJECT, thread.id, [run.id]) == [done]
    assert await storage.messages.find(PROJECT, thread.id, message.id) is None
