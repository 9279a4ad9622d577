"""How runs come into PostgreSQL: many at once, each with its messages and perhaps its thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from threadkeep.storage import RunRecord
from threadkeep.storage.postgres.columns import columns_of
from threadkeep.storage.postgres.group_commit import Job, Kind, Outcome
from threadkeep.storage.postgres.messages import append_messages, size_of
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.run_key import key_of
from threadkeep.storage.postgres.session import Parameters, Session
from threadkeep.storage.postgres.thread_lock import ThreadKey, active_runs, refusal
from threadkeep.storage.postgres.threads import NewThread, insert_thread_with_files, insert_threads
from threadkeep.storage.rows import run_row

_INSERT: Final = load_query("runs/insert")


class NewRun(NamedTuple):
    """A run that is to be kept, with the messages that it adds, and its thread if that is new."""

    record: RunRecord
    row: Parameters
    messages: Sequence[Parameters]
    thread: NewThread | None

    @property
    def thread_key(self) -> ThreadKey:
        """The thread that it runs on."""
        return self.record.project, self.record.run.thread_id


def new_run(
    record: RunRecord,
    messages: Sequence[Parameters],
    thread: NewThread | None,
    now: float | None,
) -> NewRun:
    """A run as it is inserted."""
    return NewRun(record, run_row(record) | {"now": now}, messages, thread)


def insert_job(new: NewRun) -> Job[NewRun, RunRecord]:
    """The job of inserting it with others; not for a thread that lists files."""
    size = size_of([new.row, *new.messages])
    return Job(_INSERTS, new, thread=None if new.thread else new.thread_key, size=size)


async def insert_run_with_files(session: Session, new: NewRun, thread: NewThread) -> RunRecord:
    """Insert a run with a new thread that lists files."""
    await insert_thread_with_files(session, thread)
    await _insert_rows(session, [new])
    return new.record


async def _insert(
    session: Session, runs: Sequence[NewRun], threads: set[ThreadKey]
) -> list[Outcome[RunRecord]]:
    await insert_threads(session, [new.thread for new in runs if new.thread is not None])
    present = [new for new in runs if new.thread is not None or new.thread_key in threads]
    kept = await _insert_rows(session, present)
    refused = {new.thread_key for new in present if key_of(new.record) not in kept}
    active = await active_runs(session, refused)
    return [
        new.record if key_of(new.record) in kept else refusal(new.thread_key, active, "run")
        for new in runs
    ]


async def _insert_rows(session: Session, runs: Sequence[NewRun]) -> set[tuple[str, str, str]]:
    """Insert those whose threads have no active run, and their messages; the keys of the runs that got in."""
    if not runs:
        return set()
    rows = [new.row for new in runs]
    columns = columns_of(rows) | {"now": rows[0]["now"]}
    kept = {(row[0], row[1], row[2]) for row in await session.rows(_INSERT, **columns)}
    added = [row for new in runs if key_of(new.record) in kept for row in new.messages]
    await append_messages(session, added)
    return kept


_INSERTS: Final = Kind(2, _insert)
