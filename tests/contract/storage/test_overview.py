"""What operators are told of what waits, who works and where a run stands, in every storage."""

from __future__ import annotations

from tests.support.file_records import add_file, keep_vector_store
from tests.support.manual_clock import ManualClock
from tests.support.records import (
    DUE_AT,
    PROJECT,
    keep_claimed_run,
    keep_run,
    keep_thread,
    new_record,
    new_run,
    with_status,
)
from threadkeep.storage import Backlog, RunStanding, Storage, WorkerLease

NOTHING = Backlog(run_count=0, oldest_run_seconds=None, file_count=0, oldest_file_seconds=None)


async def test_nothing_waits_in_an_empty_storage(storage: Storage):
    assert await storage.overview.backlog() == NOTHING
    assert await storage.overview.leases() == []
    assert await storage.overview.standing(PROJECT, "run_1") is None


async def test_queued_runs_of_all_projects_wait(storage: Storage, manual_clock: ManualClock):
    await keep_run(storage)
    manual_clock.advance(3)
    await keep_run(storage, project="another")
    await keep_claimed_run(storage, "worker-1", project="busy")
    manual_clock.advance(4)

    backlog = await storage.overview.backlog()

    assert (backlog.run_count, backlog.oldest_run_seconds) == (2, 7)


async def test_a_run_that_is_queued_again_waits_from_then_on(
    storage: Storage, manual_clock: ManualClock
):
    claimed = await keep_claimed_run(storage)
    manual_clock.advance(100)
    requeued = await storage.runs.write(claimed, after=with_status(claimed, "queued", worker=None))
    assert requeued is not None
    manual_clock.advance(2)

    assert (await storage.overview.backlog()).oldest_run_seconds == 2
    named = await storage.runs.write(requeued, after=requeued)
    assert named is not None
    assert (await storage.overview.backlog()).oldest_run_seconds == 2


async def test_files_wait_until_they_are_claimed(storage: Storage, manual_clock: ManualClock):
    created_at = int(manual_clock.now())
    store = await keep_vector_store(storage)
    await add_file(storage, store, created_at=created_at)
    await add_file(storage, store, created_at=created_at + 1)
    manual_clock.advance(5)

    before = await storage.overview.backlog()
    await storage.vector_store_files.claim("worker-1", 2)

    assert (before.file_count, before.oldest_file_seconds) == (2, 5)
    assert await storage.overview.backlog() == NOTHING


async def test_a_lease_is_told_with_what_is_held_by_it(storage: Storage, manual_clock: ManualClock):
    await storage.workers.renew("worker-1", 5)
    await storage.workers.renew("worker-2", 9)
    await keep_claimed_run(storage, "worker-1")
    await keep_claimed_run(storage, "worker-1", project="another")
    await add_file(storage, await keep_vector_store(storage))
    await storage.vector_store_files.claim("worker-1", 1)
    manual_clock.advance(6)

    assert sorted(await storage.overview.leases(), key=lambda lease: lease.worker) == [
        WorkerLease(worker="worker-1", seconds_left=0, run_count=2, file_count=1),
        WorkerLease(worker="worker-2", seconds_left=3, run_count=0, file_count=0),
    ]

    await storage.workers.retire("worker-1")
    assert [lease.worker for lease in await storage.overview.leases()] == ["worker-2"]


async def test_where_a_queued_run_stands(storage: Storage, manual_clock: ManualClock):
    await keep_run(storage, project="another")
    await keep_run(storage)
    record = await keep_run(storage, due_at=DUE_AT)
    await keep_run(storage)
    manual_clock.advance(1)

    assert await storage.overview.standing(PROJECT, record.run.id) == RunStanding(
        record=record,
        queued_seconds=1,
        ahead_count=2,
        lease_seconds_left=None,
        due_seconds=DUE_AT - manual_clock.now(),
    )
    assert await storage.overview.standing("another", record.run.id) is None


async def test_where_a_claimed_run_stands(storage: Storage, manual_clock: ManualClock):
    await keep_run(storage)
    await storage.workers.renew("worker-1", 5)
    record = await keep_claimed_run(storage, "worker-1")
    manual_clock.advance(2)

    standing = await storage.overview.standing(PROJECT, record.run.id)

    assert standing is not None
    assert (standing.record, standing.queued_seconds, standing.ahead_count) == (record, None, 0)
    assert standing.lease_seconds_left == 3
    manual_clock.advance(100)
    standing = await storage.overview.standing(PROJECT, record.run.id)
    assert standing is not None
    assert standing.lease_seconds_left == 0


async def test_a_worker_without_a_lease_is_told_apart_from_one_that_let_it_run_out(
    storage: Storage,
):
    record = await keep_claimed_run(storage, "worker-1")

    standing = await storage.overview.standing(PROJECT, record.run.id)

    assert standing is not None
    assert standing.lease_seconds_left is None


async def test_the_trace_of_a_run_is_kept_with_it(storage: Storage):
    thread = await keep_thread(storage)
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    record = await storage.runs.insert(new_record(new_run(thread), traceparent=trace))
    assert record.traceparent == trace

    found = await storage.runs.find(PROJECT, thread.id, record.run.id)
    assert found == record
    later = with_status(record, "queued", traceparent=None)
    assert await storage.runs.write(record, after=later) is not None
    found = await storage.runs.find(PROJECT, thread.id, record.run.id)
    assert found is not None
    assert found.traceparent is None


async def test_a_storage_in_order_asks_for_nothing(storage: Storage):
    findings = await storage.overview.findings()

    assert "Schema" in [finding.what for finding in findings]
    assert all(finding.result for finding in findings)
