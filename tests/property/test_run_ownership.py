"""Whatever is done to runs, by whomever, in any order: one active run for each thread, one owner for each run."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from tests.support.manual_clock import ManualClock
from tests.support.records import (
    keep_thread,
    new_message,
    new_record,
    new_run,
    new_step,
    started,
    with_status,
)
from tests.support.storages import LASTING, STORAGES
from threadkeep.errors import MissingError, ThreadBusyError
from threadkeep.storage import RunOwnership, RunRecord
from threadkeep.types.page import PageQuery
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread

T = TypeVar("T")
ACTIVE = {"queued", "in_progress", "requires_action", "cancelling"}
HELD = {"in_progress", "cancelling"}
STATUSES = sorted(ACTIVE | {"cancelled", "failed", "completed", "incomplete", "expired"})
PROJECTS = ("mine", "theirs")
WORKERS = ("worker-1", "worker-2", "worker-3")

Workers = st.sampled_from(WORKERS)
Statuses = st.sampled_from(STATUSES)


class Runs(RuleBasedStateMachine):
    """A storage beside plain dicts that say what must be in it."""

    kind: ClassVar[str]

    threads = Bundle("threads")
    seen = Bundle("seen")
    """Every state in which somebody has ever seen a run: what it may base a write on."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.clock = ManualClock()
        self.storage = STORAGES[self.kind](Path(self.folder.name), self.clock)
        self.do(self.storage.open())
        self.records: dict[str, RunRecord] = {}
        self.steps: dict[str, list[RunStep]] = {}
        self.live_threads: dict[str, str] = {}
        self.leases: dict[str, float] = {}

    def do(self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    def teardown(self) -> None:
        self.do(self.storage.close())
        self.runner.close()
        self.folder.cleanup()

    def active_on(self, thread: Thread) -> RunRecord | None:
        """The run that locks the thread; two would be a fault of the model's."""
        active = [
            record
            for record in self.records.values()
            if record.run.thread_id == thread.id and record.run.status in ACTIVE
        ]
        assert len(active) <= 1
        return active[0] if active else None

    @initialize(target=threads)
    def begin(self):
        return multiple(*(self.keep_thread(project) for project in PROJECTS))

    @rule(target=threads, project=st.sampled_from(PROJECTS))
    def add_thread(self, project: str):
        return self.keep_thread(project)

    def keep_thread(self, project: str) -> Thread:
        thread = self.do(keep_thread(self.storage, project))
        self.live_threads[thread.id] = project
        return thread

    @rule(target=seen, thread=threads, due_in=st.integers(0, 100), worker=st.none() | Workers)
    def insert_run(self, thread: Thread, due_in: int, worker: str | None):
        project = self.live_threads.get(thread.id, "mine")
        run, due_at = new_run(thread), self.clock.now() + due_in
        active = self.active_on(thread)
        record = new_record(run, project=project, due_at=due_at)
        insert = self.storage.runs.insert(record.claimed(worker, started) if worker else record)
        if thread.id not in self.live_threads:
            with pytest.raises(MissingError):
                self.do(insert)
            return multiple()
        if active is not None:
            with pytest.raises(ThreadBusyError) as refused:
                self.do(insert)
            assert refused.value.run_id == active.run.id
            return multiple()
        self.records[run.id] = self.do(insert)
        self.steps[run.id] = []
        return self.records[run.id]

    @rule(thread=threads)
    def insert_message(self, thread: Thread):
        project = self.live_threads.get(thread.id, "mine")
        insert = self.storage.messages.insert(project, new_message(thread))
        if thread.id not in self.live_threads:
            with pytest.raises(MissingError):
                self.do(insert)
        elif self.active_on(thread) is not None:
            with pytest.raises(ThreadBusyError):
                self.do(insert)
        else:
            self.do(insert)

    @rule(target=seen, worker=Workers, limit=st.integers(0, 3))
    def claim_oldest(self, worker: str, limit: int):
        queued = [record for record in self.records.values() if record.run.status == "queued"]
        claimed = self.do(self.storage.runs.claim(worker, started, limit=limit))
        assert [record.run.id for record in claimed] == [r.run.id for r in queued[:limit]]
        return multiple(*(self.note_claim(worker, record) for record in claimed))

    @rule(target=seen, worker=Workers, record=seen)
    def claim_named(self, worker: str, record: RunRecord):
        run_id = record.run.id
        only = (record.run.thread_id, run_id)
        claimed = self.do(self.storage.runs.claim(worker, started, limit=1, only=only))
        now = self.records.get(run_id)
        is_queued = now is not None and now.run.status == "queued"
        assert [claim.run.id for claim in claimed] == ([run_id] if is_queued else [])
        return multiple(*(self.note_claim(worker, claim) for claim in claimed))

    def note_claim(self, worker: str, claimed: RunRecord) -> RunRecord:
        before = self.records[claimed.run.id]
        assert claimed == replace(
            before,
            run=started(before.run),
            worker=worker,
            epoch=before.epoch + 1,
            attempts=before.attempts + 1,
            revision=before.revision + 1,
        )
        self.records[claimed.run.id] = claimed
        if before.epoch:  # an earlier attempt may have left something open
            kept = [step for step in self.steps[claimed.run.id] if step.status != "in_progress"]
            self.steps[claimed.run.id] = kept
        return claimed

    @rule(
        target=seen,
        record=seen,
        status=Statuses,
        keeps_worker=st.booleans(),
        step_status=st.sampled_from(["in_progress", "completed"]),
    )
    def write(self, record: RunRecord, status: str, keeps_worker: bool, step_status: str):
        after = with_status(record, status, worker=record.worker if keeps_worker else None)
        step = new_step(record.run, status=step_status)
        now = self.records.get(record.run.id)
        may_write = now is not None and (now.revision, now.epoch, now.worker) == (
            record.revision,
            record.epoch,
            record.worker,
        )
        if may_write and status in ACTIVE and record.run.status not in ACTIVE:
            return multiple()  # the engine never brings a run back to life

        written = self.do(self.storage.runs.write(record, steps=[step], after=after))

        if not may_write:
            assert written is None
            return multiple()
        assert written == replace(after, revision=record.revision + 1)
        assert written is not None
        self.records[record.run.id] = written
        self.steps[record.run.id].append(step)
        if written.is_closed:
            kept = [step for step in self.steps[record.run.id] if step.status != "in_progress"]
            self.steps[record.run.id] = kept
        return written

    @rule(record=seen, worker=st.none() | Workers)
    def write_a_step(self, record: RunRecord, worker: str | None):
        record = replace(record, worker=worker)
        step = new_step(record.run)
        now = self.records.get(record.run.id)
        may_write = (
            now is not None
            and (now.epoch, now.worker) == (record.epoch, record.worker)
            and now.run.status in ACTIVE
        )

        written = self.do(self.storage.runs.write(record, steps=[step]))

        assert written == (now if may_write else None)
        if may_write:
            self.steps[record.run.id].append(step)

    @rule(record=seen)
    def delete_run(self, record: RunRecord):
        now = self.records.get(record.run.id)
        may_delete = now is not None and now.revision == record.revision
        assert self.do(self.storage.runs.delete(record)) == may_delete
        if may_delete:
            del self.records[record.run.id], self.steps[record.run.id]

    @rule(thread=consumes(threads))
    def delete_thread(self, thread: Thread):
        project = self.live_threads.pop(thread.id)
        assert self.do(self.storage.threads.delete(project, thread.id))
        for record in list(self.records.values()):
            if record.run.thread_id == thread.id:
                del self.records[record.run.id], self.steps[record.run.id]

    @precondition(lambda self: self.kind in LASTING)
    @rule()
    def let_another_process_take_over(self):
        self.do(self.storage.close())
        self.storage = STORAGES[self.kind](Path(self.folder.name), self.clock)
        self.do(self.storage.open())
        if self.storage.exclusive:
            self.leases.clear()

    @rule(seconds=st.integers(1, 60))
    def let_time_pass(self, seconds: int):
        self.clock.advance(seconds)

    @rule(worker=Workers, lease_seconds=st.integers(1, 60))
    def renew(self, worker: str, lease_seconds: int):
        self.do(self.storage.workers.renew(worker, lease_seconds))
        self.leases[worker] = self.clock.now() + lease_seconds

    @rule(worker=Workers)
    def retire(self, worker: str):
        self.do(self.storage.workers.retire(worker))
        self.leases.pop(worker, None)

    @invariant()
    def each_run_is_as_last_written(self):
        for record in self.records.values():
            key = (record.project, record.run.thread_id, record.run.id)
            assert self.do(self.storage.runs.find(*key)) == record
            steps = self.storage.run_steps.of_runs(*key[:2], [record.run.id])
            assert self.do(steps) == self.steps[record.run.id]
        for thread_id, project in self.live_threads.items():
            page = self.do(self.storage.runs.page(project, thread_id, PageQuery(limit=100)))
            of_thread = [r for r in self.records.values() if r.run.thread_id == thread_id]
            assert len(page.items) == len(of_thread)

    @invariant()
    def each_worker_is_told_what_it_holds(self):
        for worker in WORKERS:
            held = [
                RunOwnership(
                    project=r.project,
                    thread_id=r.run.thread_id,
                    run_id=r.run.id,
                    epoch=r.epoch,
                    status=r.run.status,
                )
                for r in self.records.values()
                if r.worker == worker and r.run.status in HELD
            ]
            owned = self.do(self.storage.workers.owned(worker))
            assert sorted(owned, key=str) == sorted(held, key=str)

    @invariant()
    def what_nobody_minds_is_found(self):
        now = self.clock.now()
        orphans = {
            r.run.id
            for r in self.records.values()
            if r.worker and r.run.status in HELD and self.leases.get(r.worker, 0) <= now
        }
        due = {
            r.run.id
            for r in self.records.values()
            if r.run.status in ACTIVE and r.due_at is not None and r.due_at <= now
        }
        assert {r.run.id for r in self.do(self.storage.runs.orphans(1_000))} == orphans
        assert {r.run.id for r in self.do(self.storage.runs.due(1_000))} == due


@pytest.mark.timeout(300)  # to find the shortest way to a fault takes a while
@pytest.mark.parametrize("kind", list(STORAGES))
def test_runs(kind: str):
    machine = type("RunsOf", (Runs,), {"kind": kind})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=40, stateful_step_count=30, deadline=None)
    )
