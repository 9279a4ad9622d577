"""Leases of workers, in every storage."""

from __future__ import annotations

import pytest

from tests.support.manual_clock import ManualClock
from tests.support.records import keep_claimed_run, keep_run, with_status
from threadkeep.storage import RunOwnership, Storage


async def test_a_worker_holds_its_runs_while_it_renews_its_lease(
    storage: Storage, manual_clock: ManualClock
):
    await storage.workers.renew("worker-1", 5)
    record = await keep_claimed_run(storage, "worker-1")

    for _ in range(3):
        manual_clock.advance(4)
        assert await storage.runs.orphans(10) == []
        await storage.workers.renew("worker-1", 5)
    manual_clock.advance(5)

    assert await storage.runs.orphans(10) == [record]


async def test_a_worker_may_come_back_to_what_nobody_took(
    storage: Storage, manual_clock: ManualClock
):
    record = await keep_claimed_run(storage, "worker-1")
    await storage.workers.renew("worker-1", 5)
    manual_clock.advance(60)

    await storage.workers.renew("worker-1", 5)

    assert await storage.runs.orphans(10) == []
    assert await storage.runs.write(record) == record


async def test_what_a_retired_worker_held_can_be_rescued_at_once(storage: Storage):
    await storage.workers.renew("worker-1", 5)
    await storage.workers.renew("worker-2", 5)
    record = await keep_claimed_run(storage, "worker-1")
    await keep_claimed_run(storage, "worker-2")

    await storage.workers.retire("worker-1")

    assert await storage.runs.orphans(10) == [record]


async def test_a_worker_that_never_had_a_lease_has_none(storage: Storage):
    record = await keep_claimed_run(storage, "worker-1")

    assert await storage.runs.orphans(10) == [record]
    await storage.workers.retire("worker-1")
    assert await storage.runs.orphans(10) == [record]


@pytest.mark.parametrize(
    ("status", "is_held"),
    [
        ("queued", False),
        ("in_progress", True),
        ("requires_action", False),
        ("cancelling", True),
        ("completed", False),
        ("expired", False),
    ],
)
async def test_runs_are_held_while_somebody_works_on_them(
    storage: Storage, status: str, is_held: bool
):
    record = await keep_claimed_run(storage, "worker-1")
    changed = await storage.runs.write(record, after=with_status(record, status))
    assert changed is not None

    ownership = RunOwnership(
        project=record.project,
        thread_id=record.run.thread_id,
        run_id=record.run.id,
        epoch=record.epoch,
        status=status,
    )
    assert await storage.workers.owned("worker-1") == ([ownership] if is_held else [])
    assert await storage.runs.orphans(10) == ([changed] if is_held else [])


async def test_a_worker_owns_its_own_runs_of_all_projects(storage: Storage):
    mine = [await keep_claimed_run(storage, "worker-1", project=f"p-{n}") for n in range(3)]
    await keep_claimed_run(storage, "worker-2")
    await keep_run(storage)

    owned = await storage.workers.owned("worker-1")

    assert sorted(run.run_id for run in owned) == sorted(record.run.id for record in mine)
    assert await storage.workers.owned("worker-3") == []


async def test_orphans_come_as_many_as_asked_for(storage: Storage):
    for number in range(5):
        await keep_claimed_run(storage, f"worker-{number}")

    assert len(await storage.runs.orphans(3)) == 3
    assert len(await storage.runs.orphans(10)) == 5
