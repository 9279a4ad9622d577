"""Runs in PostgreSQL. The row of a run is the queue, and the lock of its thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from threadkeep.storage import EventSpan, RunRecord, StoredPage
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.group_commit import GroupCommit
from threadkeep.storage.postgres.paging import load_listing, read_page
from threadkeep.storage.postgres.query import Query, load_query
from threadkeep.storage.postgres.run_claim import Claim, claim_job
from threadkeep.storage.postgres.run_insert import insert_job, insert_run_with_files, new_run
from threadkeep.storage.postgres.run_write import run_write, write_job
from threadkeep.storage.postgres.session import Session
from threadkeep.storage.postgres.thread_lock import lock_threads
from threadkeep.storage.postgres.threads import lists_files, new_thread
from threadkeep.storage.rows import message_row, run_record, step_row
from threadkeep.types.clock import Clock
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread

_FIND: Final = load_query("runs/find")
_DELETE: Final = load_query("runs/delete")
_DUE: Final = load_query("runs/due")
_ORPHANS: Final = load_query("runs/orphans")
_ANY_QUEUED: Final = load_query("runs/any_queued")
_LISTING: Final = load_listing("run", "runs")


class Runs:
    """Runs of a thread; what a worker does to them is fenced."""

    def __init__(self, database: Database, together: GroupCommit, clock: Clock | None) -> None:
        self._database = database
        self._together = together
        self._clock = clock

    async def insert(
        self,
        record: RunRecord,
        *,
        messages: Sequence[Message] = (),
        thread: Thread | None = None,
    ) -> RunRecord:
        """Keep a new run, with messages that it adds, and with its `thread` if that is new; all or nothing.

        Raises `MissingError` (no thread) or `ThreadBusyError` (another run is active).
        """
        rows = [message_row(record.project, message) for message in messages]
        owner = None if thread is None else new_thread(record.project, thread)
        new = new_run(record, rows, owner, given_now(self._clock))
        if owner is not None and lists_files(owner.thread):
            return await self._database.write(
                lambda session: insert_run_with_files(session, new, owner)
            )
        return await self._together.do(insert_job(new))

    async def find(self, project: str, thread_id: str, run_id: str) -> RunRecord | None:
        """The run, or None."""
        row = await self._database.read(
            lambda session: session.row(_FIND, project=project, thread_id=thread_id, id=run_id)
        )
        return None if row is None else run_record(row)

    async def page(self, project: str, thread_id: str, query: PageQuery) -> StoredPage:
        """A page of the thread's runs."""
        return await self._database.read(
            lambda session: read_page(
                session, _LISTING, query, project=project, thread_id=thread_id
            )
        )

    async def delete(self, record: RunRecord) -> bool:
        """Remove the run and its steps; False if it is no longer at the record's revision."""
        project, thread_id = record.project, record.run.thread_id

        async def work(session: Session) -> bool:
            await lock_threads(session, {(project, thread_id)})
            deleted = await session.change(
                _DELETE,
                project=project,
                thread_id=thread_id,
                id=record.run.id,
                revision=record.revision,
            )
            return deleted == 1

        return await self._database.write(work)

    async def claim(
        self,
        worker: str,
        start: Callable[[Run], Run],
        *,
        limit: int,
        only: tuple[str, str] | None = None,
    ) -> list[RunRecord]:
        """Give queued runs to `worker`: the oldest ones, at most `limit`, or `only` that of a thread and a run id."""
        # Idle workers ask again and again: a look costs no commit.
        if only is None and not await self._database.read(lambda s: s.rows(_ANY_QUEUED)):
            return []
        return await self._together.do(claim_job(Claim(worker, start, limit, only)))

    async def write(
        self,
        record: RunRecord,
        *,
        steps: Sequence[RunStep] = (),
        messages: Sequence[Message] = (),
        spans: Mapping[str, EventSpan] | None = None,
        after: RunRecord | None = None,
    ) -> RunRecord | None:
        """Write what became of a run, if the fence lets it through; else nothing, and the answer is None."""
        told = spans or {}
        write = run_write(
            record,
            after,
            [step_row(record.project, step, told.get(step.id)) for step in steps],
            [message_row(record.project, message) for message in messages],
            given_now(self._clock),
        )
        return await self._together.do(write_job(write))

    async def due(self, limit: int) -> list[RunRecord]:
        """Active runs whose `due_at` has passed, by the database's clock."""
        return await self._overdue(_DUE, limit)

    async def orphans(self, limit: int) -> list[RunRecord]:
        """Runs `in_progress` or `cancelling` whose worker let its lease run out, by the database's clock."""
        return await self._overdue(_ORPHANS, limit)

    async def _overdue(self, query: Query, limit: int) -> list[RunRecord]:
        rows = await self._database.read(
            lambda session: session.rows(query, now=given_now(self._clock), limit=limit)
        )
        return [run_record(row) for row in rows]
