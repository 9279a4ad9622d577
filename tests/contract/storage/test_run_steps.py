"""What every storage does with run steps."""

from __future__ import annotations

from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_thread,
    new_step,
    with_status,
)
from threadkeep.storage import EventSpan, RunRecord, Storage
from threadkeep.types.codec import encode


async def test_a_step_is_found_byte_for_byte_under_its_run(storage: Storage):
    record = await keep_claimed_run(storage)
    run = record.run
    step = new_step(run)
    await storage.runs.write(record, steps=[step])

    kept = await storage.run_steps.find(PROJECT, run.thread_id, run.id, step.id)

    assert kept is not None
    assert kept.value == step
    assert kept.body == encode(step)


async def test_a_step_is_not_found_elsewhere(storage: Storage):
    record = await keep_claimed_run(storage)
    run = record.run
    step = new_step(run)
    await storage.runs.write(record, steps=[step])

    assert await storage.run_steps.find("other", run.thread_id, run.id, step.id) is None
    assert await storage.run_steps.find(PROJECT, "thread_x", run.id, step.id) is None
    assert await storage.run_steps.find(PROJECT, run.thread_id, "run_x", step.id) is None
    assert await storage.run_steps.find(PROJECT, run.thread_id, run.id, "step_x") is None


async def test_the_steps_of_several_runs_come_oldest_first(storage: Storage):
    thread = await keep_thread(storage)
    run_ids, steps = [], []
    for _ in range(3):
        record = await keep_claimed_run(storage, thread=thread)
        made = [new_step(record.run) for _ in range(2)]
        await storage.runs.write(record, steps=made, after=with_status(record, "completed"))
        run_ids.append(record.run.id)
        steps += made
    newest_first = run_ids[::-1]

    assert await storage.run_steps.of_runs(PROJECT, thread.id, newest_first) == steps
    assert await storage.run_steps.of_runs(PROJECT, thread.id, newest_first[:1]) == steps[4:]
    assert await storage.run_steps.of_runs(PROJECT, thread.id, run_ids[:1] * 2) == steps[:2]
    assert await storage.run_steps.of_runs(PROJECT, thread.id, []) == []
    assert await storage.run_steps.of_runs("other", thread.id, run_ids) == []
    assert await storage.run_steps.of_runs(PROJECT, "thread_x", run_ids) == []


async def test_the_events_that_told_of_a_step_are_kept_beside_it(storage: Storage):
    record = await keep_claimed_run(storage)
    first, untold, second = (new_step(record.run) for _ in range(3))
    await storage.runs.write(
        record,
        steps=[first, untold, second],
        spans={first.id: EventSpan(1, 1, 9), second.id: EventSpan(1, 10)},
    )
    assert await _spans(storage, record) == {
        first.id: EventSpan(1, 1, 9),
        second.id: EventSpan(1, 10, None),
    }

    await storage.runs.write(record, steps=[first, second], spans={second.id: EventSpan(1, 10, 12)})

    assert await _spans(storage, record) == {
        first.id: EventSpan(1, 1, 9),
        second.id: EventSpan(1, 10, 12),
    }
    assert await storage.run_steps.spans("other", record.run.thread_id, record.run.id) == {}
    assert await storage.run_steps.spans(PROJECT, "thread_x", record.run.id) == {}


async def _spans(storage: Storage, record: RunRecord) -> dict[str, EventSpan]:
    return await storage.run_steps.spans(record.project, record.run.thread_id, record.run.id)
