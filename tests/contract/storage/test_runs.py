"""What every storage does with runs: keeping, locking, finding and removing them."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.manual_clock import ManualClock
from tests.support.records import (
    DUE_AT,
    PROJECT,
    keep_claimed_run,
    keep_ended_run,
    keep_run,
    keep_thread,
    new_message,
    new_record,
    new_run,
    new_step,
    new_thread,
    started,
    with_status,
)
from threadkeep.errors import MissingError, StorageError, ThreadBusyError
from threadkeep.storage import OnCrash, RunRecord, Storage
from threadkeep.types.page import PageQuery

ACTIVE = ["queued", "in_progress", "requires_action", "cancelling"]
TERMINAL = ["cancelled", "failed", "completed", "incomplete", "expired"]


async def messages_on(storage: Storage, thread_id: str) -> int:
    return len((await storage.messages.page(PROJECT, thread_id, PageQuery())).items)


async def test_a_new_run_is_queued_and_nobodys(storage: Storage):
    thread = await keep_thread(storage)
    run = new_run(thread, instructions="Be brief.", metadata={"k": "v"})

    record = await storage.runs.insert(new_record(run))

    assert await storage.runs.find(PROJECT, thread.id, run.id) == record
    assert record == RunRecord(
        project=PROJECT, run=run, revision=record.revision, due_at=DUE_AT, epoch=0, attempts=0
    )


async def test_a_new_run_can_be_claimed_already(storage: Storage):
    thread = await keep_thread(storage)
    claimed = new_record(new_run(thread)).claimed("worker-1", started)

    assert await storage.runs.insert(claimed) == claimed

    assert await storage.runs.find(PROJECT, thread.id, claimed.run.id) == claimed
    (owned,) = await storage.workers.owned("worker-1")
    assert (owned.run_id, owned.epoch, owned.status) == (claimed.run.id, 1, "in_progress")
    assert await storage.runs.claim("worker-2", started, limit=10) == []
    assert await storage.runs.write(claimed, after=with_status(claimed, "completed")) is not None


async def test_a_run_brings_its_thread_and_messages(storage: Storage):
    thread = new_thread()
    messages = [new_message(thread, text) for text in ("One.", "Two.")]

    await storage.runs.insert(new_record(new_run(thread)), messages=messages, thread=thread)

    page = await storage.messages.page(PROJECT, thread.id, PageQuery(order="asc"))
    assert (page.first_id, page.last_id) == (messages[0].id, messages[1].id)
    kept = await storage.threads.find(PROJECT, thread.id)
    assert kept is not None
    assert kept.value == thread


async def test_a_run_needs_its_thread(storage: Storage):
    thread = new_thread()

    with pytest.raises(MissingError) as refused:
        await storage.runs.insert(new_record(new_run(thread)), messages=[new_message(thread)])

    assert (refused.value.noun, refused.value.id) == ("thread", thread.id)
    assert await messages_on(storage, thread.id) == 0


async def test_a_run_needs_a_thread_of_its_own_project(storage: Storage):
    thread = await keep_thread(storage)

    with pytest.raises(MissingError):
        await storage.runs.insert(new_record(new_run(thread), project="other"))


@pytest.mark.parametrize("status", ACTIVE)
async def test_an_active_run_keeps_out_another_one_and_its_messages(storage: Storage, status: str):
    thread = await keep_thread(storage)
    active = await keep_run(storage, thread)
    await storage.runs.write(active, after=with_status(active, status))
    run = new_run(thread)

    with pytest.raises(ThreadBusyError) as refused:
        await storage.runs.insert(new_record(run), messages=[new_message(thread)])

    busy = refused.value
    assert (busy.thread_id, busy.run_id, busy.wanted) == (thread.id, active.run.id, "run")
    assert await storage.runs.find(PROJECT, thread.id, run.id) is None
    assert await messages_on(storage, thread.id) == 0


@pytest.mark.parametrize("status", TERMINAL)
async def test_a_run_that_is_over_lets_in_another_one(storage: Storage, status: str):
    thread = await keep_thread(storage)
    ended = await keep_run(storage, thread)
    await storage.runs.write(ended, after=with_status(ended, status))

    await keep_run(storage, thread)


async def test_of_many_runs_at_once_exactly_one_gets_the_thread(storage: Storage):
    thread = await keep_thread(storage)

    answers = await asyncio.gather(
        *(keep_run(storage, thread) for _ in range(20)), return_exceptions=True
    )

    kept = [answer for answer in answers if isinstance(answer, RunRecord)]
    refused = [answer for answer in answers if isinstance(answer, ThreadBusyError)]
    assert len(kept) == 1
    assert [refusal.run_id for refusal in refused] == [kept[0].run.id] * 19


async def test_a_run_does_not_overwrite_a_thread(storage: Storage):
    thread = await keep_thread(storage)

    with pytest.raises(StorageError):
        await storage.runs.insert(new_record(new_run(thread)), thread=thread)

    assert (await storage.runs.page(PROJECT, thread.id, PageQuery())).items == []


async def test_a_run_is_found_in_its_own_project_and_thread_only(storage: Storage):
    thread, other = await keep_thread(storage), await keep_thread(storage)
    record = await keep_run(storage, thread)

    assert await storage.runs.find("other", thread.id, record.run.id) is None
    assert await storage.runs.find(PROJECT, other.id, record.run.id) is None


async def test_with_a_run_go_its_steps_but_not_its_messages(storage: Storage):
    thread = await keep_thread(storage)
    claimed = await keep_claimed_run(storage, thread=thread)
    step, message = new_step(claimed.run), new_message(thread, run_id=claimed.run.id)
    ended = await storage.runs.write(
        claimed, steps=[step], messages=[message], after=with_status(claimed, "completed")
    )
    assert ended is not None

    assert await storage.runs.delete(ended)

    assert await storage.runs.find(PROJECT, thread.id, ended.run.id) is None
    assert await storage.run_steps.find(PROJECT, thread.id, ended.run.id, step.id) is None
    assert await storage.messages.find(PROJECT, thread.id, message.id) is not None
    assert not await storage.runs.delete(ended)


async def test_a_run_that_has_changed_meanwhile_is_not_removed(storage: Storage):
    record = await keep_run(storage)
    changed = await storage.runs.write(record, after=with_status(record, "completed"))
    assert changed is not None

    assert not await storage.runs.delete(record)
    assert not await storage.runs.delete(with_status(changed, "completed", project="other"))

    assert await storage.runs.find(PROJECT, record.run.thread_id, record.run.id) == changed


async def test_runs_are_due_once_their_time_has_come_earliest_first(
    storage: Storage, manual_clock: ManualClock
):
    now = manual_clock.now()
    late = await keep_run(storage, due_at=now + 20)
    early = await keep_run(storage, due_at=now + 10)
    await keep_run(storage, due_at=now + 1_000)

    assert await storage.runs.due(10) == []
    manual_clock.advance(10)
    assert await storage.runs.due(10) == [early]
    manual_clock.advance(10)
    assert await storage.runs.due(10) == [early, late]
    assert await storage.runs.due(1) == [early]


@pytest.mark.parametrize("status", ACTIVE)
async def test_every_active_run_can_be_due(
    storage: Storage, manual_clock: ManualClock, status: str
):
    record = await keep_run(storage)
    changed = await storage.runs.write(record, after=with_status(record, status))
    manual_clock.advance(1_000)

    assert await storage.runs.due(10) == [changed]


async def test_neither_a_run_that_is_over_nor_one_without_a_term_is_due(
    storage: Storage, manual_clock: ManualClock
):
    await keep_ended_run(storage, await keep_thread(storage))
    endless = await keep_run(storage)
    await storage.runs.write(endless, after=with_status(endless, "requires_action", due_at=None))
    manual_clock.advance(1_000)

    assert await storage.runs.due(10) == []


@pytest.mark.parametrize("on_crash", ["resume", "fail"])
async def test_what_becomes_of_a_run_after_a_crash_is_kept(storage: Storage, on_crash: OnCrash):
    thread = await keep_thread(storage)
    run = new_run(thread)
    await storage.runs.insert(new_record(run, on_crash=on_crash))

    (claimed,) = await storage.runs.claim("worker-1", started, limit=1, only=(thread.id, run.id))
    ended = await storage.runs.write(claimed, after=with_status(claimed, "completed"))

    assert ended is not None
    assert claimed.on_crash == ended.on_crash == on_crash
    assert await storage.runs.find(PROJECT, thread.id, run.id) == ended
