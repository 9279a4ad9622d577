"""Runs in SQLite. The row of a run is the queue, and the lock of its thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from threadkeep.storage import EventSpan, RunRecord, StoredPage
from threadkeep.storage.rows import message_row, run_record, run_row, step_row
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.messages import (
    append_messages,
    delete_open_messages,
    write_messages,
)
from threadkeep.storage.sqlite.paging import load_listing, read_page
from threadkeep.storage.sqlite.query import Query, load_query
from threadkeep.storage.sqlite.run_steps import delete_open_steps, write_steps
from threadkeep.storage.sqlite.session import Session
from threadkeep.storage.sqlite.thread_lock import refusal
from threadkeep.storage.sqlite.threads import insert_thread
from threadkeep.types.clock import Clock
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread

_INSERT: Final = load_query("runs/insert")
_FIND: Final = load_query("runs/find")
_DELETE: Final = load_query("runs/delete")
_CLAIM_OLDEST: Final = load_query("runs/claim_oldest")
_CLAIM_NAMED: Final = load_query("runs/claim_named")
_CLAIM: Final = load_query("runs/claim")
_WRITE: Final = load_query("runs/write")
_WRITE_FENCE: Final = load_query("runs/write_fence")
_DUE: Final = load_query("runs/due")
_ORPHANS: Final = load_query("runs/orphans")
_LISTING: Final = load_listing("run", "runs")


class Runs:
    """Runs of a thread; what a worker does to them is fenced."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
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
        project, thread_id = record.project, record.run.thread_id
        row = run_row(record) | {"now": self._clock.now()}
        message_rows = [message_row(project, message) for message in messages]

        def work(session: Session) -> RunRecord:
            if thread is not None:
                insert_thread(session, project, thread)
            if not session.change(_INSERT, **row):
                raise refusal(session, project, thread_id, "run")
            append_messages(session, message_rows)
            return record

        return await self._database.write(work)

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
        deleted = await self._database.write(
            lambda session: session.change(
                _DELETE, project=record.project, id=record.run.id, revision=record.revision
            )
        )
        return deleted == 1

    async def claim(
        self,
        worker: str,
        start: Callable[[Run], Run],
        *,
        limit: int,
        only: tuple[str, str] | None = None,
    ) -> list[RunRecord]:
        """Give queued runs to `worker`: the oldest ones, or `only` that of a thread id and a run id."""

        def work(session: Session) -> list[RunRecord]:
            if only is None:
                rows = session.rows(_CLAIM_OLDEST, limit=limit)
            else:
                rows = session.rows(_CLAIM_NAMED, thread_id=only[0], id=only[1], limit=limit)
            return [_claim(session, run_record(row), worker, start) for row in rows]

        return await self._database.write(work)

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
        pass_fence = _fence(record) if after is None else _replacement(record, after, self._clock)
        told = spans or {}
        step_rows = [step_row(record.project, step, told.get(step.id)) for step in steps]
        message_rows = [message_row(record.project, message) for message in messages]

        def work(session: Session) -> RunRecord | None:
            written = pass_fence(session)
            if written is not None:
                write_steps(session, step_rows)
                write_messages(session, message_rows)
                if written.is_closed:
                    _delete_open_parts(session, written)
            return written

        return await self._database.write(work)

    async def due(self, limit: int) -> list[RunRecord]:
        """Active runs whose `due_at` has passed, by the storage's own clock."""
        return await self._overdue(_DUE, limit)

    async def orphans(self, limit: int) -> list[RunRecord]:
        """Runs `in_progress` or `cancelling` whose worker let its lease run out, by the storage's own clock."""
        return await self._overdue(_ORPHANS, limit)

    async def _overdue(self, query: Query, limit: int) -> list[RunRecord]:
        rows = await self._database.read(
            lambda session: session.rows(query, now=self._clock.now(), limit=limit)
        )
        return [run_record(row) for row in rows]


def _fence(record: RunRecord) -> Callable[[Session], RunRecord | None]:
    """Reads the run as it is now, if the worker of `record` still has it."""
    run_id = record.run.id

    def read(session: Session) -> RunRecord | None:
        row = session.row(
            _WRITE_FENCE,
            project=record.project,
            id=run_id,
            epoch=record.epoch,
            worker=record.worker,
        )
        return None if row is None else run_record(row)

    return read


def _replacement(
    record: RunRecord, after: RunRecord, clock: Clock
) -> Callable[[Session], RunRecord | None]:
    """Writes `after`, if the run is still as in `record`."""
    row = run_row(after) | {
        "project": record.project,
        "id": record.run.id,
        "seen_revision": record.revision,
        "seen_epoch": record.epoch,
        "seen_worker": record.worker,
    }
    written = replace(after, project=record.project, revision=record.revision + 1)

    def write(session: Session) -> RunRecord | None:
        return written if session.change(_WRITE, **row, now=clock.now()) else None

    return write


def _claim(
    session: Session, record: RunRecord, worker: str, start: Callable[[Run], Run]
) -> RunRecord:
    claimed = record.claimed(worker, start)
    session.change(_CLAIM, **run_row(claimed))
    if record.epoch:
        _delete_open_parts(session, record)
    return claimed


def _delete_open_parts(session: Session, record: RunRecord) -> None:
    delete_open_steps(session, record.project, record.run.id)
    delete_open_messages(session, record.project, record.run.thread_id, record.run.id)
