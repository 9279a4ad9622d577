"""How every storage gives runs to workers."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_run,
    keep_thread,
    new_message,
    new_step,
    started,
    with_status,
)
from threadkeep.errors import Refusal
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.run import Run


async def stored(storage: Storage, record: RunRecord) -> RunRecord | None:
    return await storage.runs.find(record.project, record.run.thread_id, record.run.id)


async def requeued(storage: Storage, record: RunRecord) -> RunRecord:
    """The run, given back to the queue as after its worker has died."""
    queued = await storage.runs.write(record, after=with_status(record, "queued", worker=None))
    assert queued is not None
    return queued


async def test_a_claimed_run_is_started_and_the_workers(storage: Storage):
    record = await keep_run(storage)

    (claimed,) = await storage.runs.claim("worker-1", started, limit=10)

    assert claimed == replace(
        record,
        run=started(record.run),
        worker="worker-1",
        epoch=1,
        attempts=1,
        revision=claimed.revision,
    )
    assert claimed.revision > record.revision
    assert await stored(storage, record) == claimed


async def test_the_oldest_runs_of_all_projects_are_claimed_first(storage: Storage):
    records = [await keep_run(storage, project=f"project-{number % 2}") for number in range(5)]

    first = await storage.runs.claim("worker-1", started, limit=2)
    rest = await storage.runs.claim("worker-2", started, limit=10)

    assert [claimed.run.id for claimed in first + rest] == [record.run.id for record in records]
    assert [claimed.project for claimed in first] == ["project-0", "project-1"]


async def test_a_run_that_waited_for_outputs_keeps_its_turn(storage: Storage):
    old = await keep_claimed_run(storage)
    await keep_run(storage)
    parked = with_status(old, "requires_action", worker=None)
    parked = await storage.runs.write(old, after=parked)
    assert parked is not None
    await requeued(storage, parked)

    (claimed,) = await storage.runs.claim("worker-1", started, limit=1)

    assert claimed.run.id == old.run.id


async def test_the_run_named_is_claimed_whatever_else_waits(storage: Storage):
    await keep_run(storage)
    named = await keep_run(storage)

    (claimed,) = await storage.runs.claim(
        "worker-1", started, limit=1, only=(named.run.thread_id, named.run.id)
    )

    assert claimed.run.id == named.run.id


@pytest.mark.parametrize("status", ["in_progress", "requires_action", "cancelling", "completed"])
async def test_only_a_queued_run_is_claimed(storage: Storage, status: str):
    record = await keep_run(storage)
    changed = await storage.runs.write(record, after=with_status(record, status))

    assert (
        await storage.runs.claim(
            "worker-1", started, limit=1, only=(record.run.thread_id, record.run.id)
        )
        == []
    )
    assert await storage.runs.claim("worker-1", started, limit=10) == []
    elsewhere = await keep_run(storage)
    for only in [("thread", "absent"), (record.run.thread_id, elsewhere.run.id)]:
        assert await storage.runs.claim("worker-1", started, limit=1, only=only) == []
    assert await stored(storage, record) == changed


async def test_no_run_is_claimed_twice(storage: Storage):
    records = [await keep_run(storage) for _ in range(10)]

    claims = await asyncio.gather(
        *(storage.runs.claim(f"worker-{n}", started, limit=3) for n in range(10)),
        *(
            storage.runs.claim(
                "by-name", started, limit=1, only=(record.run.thread_id, record.run.id)
            )
            for record in records
        ),
    )

    claimed = [record.run.id for claim in claims for record in claim]
    assert sorted(claimed) == sorted(record.run.id for record in records)


async def test_each_claim_adds_to_the_epoch_and_the_attempts(storage: Storage):
    record = await keep_claimed_run(storage)
    await requeued(storage, record)

    (again,) = await storage.runs.claim("worker-2", started, limit=1)

    assert (again.epoch, again.attempts, again.worker) == (2, 2, "worker-2")


async def test_attempts_begin_anew_when_the_engine_says_so_but_the_epoch_goes_on(storage: Storage):
    record = await keep_claimed_run(storage)
    resumed = with_status(record, "queued", worker=None, attempts=0)
    assert await storage.runs.write(record, after=resumed) is not None

    (again,) = await storage.runs.claim("worker-1", started, limit=1)

    assert (again.epoch, again.attempts) == (2, 1)


async def test_what_an_earlier_attempt_left_open_is_removed_and_only_that(storage: Storage):
    thread = await keep_thread(storage)
    record = await keep_claimed_run(storage, thread=thread)
    done, open_ = new_step(record.run), new_step(record.run, status="in_progress")
    said = new_message(thread, run_id=record.run.id)
    half_said = new_message(thread, run_id=record.run.id, status="in_progress")
    unrelated = new_message(thread, status="in_progress")
    written = await storage.runs.write(
        record, steps=[done, open_], messages=[said, half_said, unrelated]
    )
    assert written is not None
    await requeued(storage, written)

    await storage.runs.claim("worker-2", started, limit=1)

    async def is_kept(message_id: str) -> bool:
        return await storage.messages.find(PROJECT, thread.id, message_id) is not None

    assert await storage.run_steps.of_runs(PROJECT, thread.id, [record.run.id]) == [done]
    assert [await is_kept(m.id) for m in (said, half_said, unrelated)] == [True, False, True]


async def test_a_claim_that_fails_leaves_the_runs_in_the_queue(storage: Storage):
    records = [await keep_run(storage) for _ in range(2)]

    def refuse_the_second(run: Run) -> Run:
        if run.id == records[1].run.id:
            raise Refusal("not this one")
        return started(run)

    with pytest.raises(Refusal, match="not this one"):
        await storage.runs.claim("worker-1", refuse_the_second, limit=2)

    assert [await stored(storage, record) for record in records] == records


async def test_nothing_is_claimed_where_nothing_waits(storage: Storage):
    assert await storage.runs.claim("worker-1", started, limit=10) == []
