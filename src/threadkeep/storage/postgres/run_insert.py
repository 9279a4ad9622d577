"""How runs come into PostgreSQL: many at once, each with its messages and perhaps its thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from threadkeep.storage import RunRecord
from threadkeep.storage.postgres.columns import columns_beside, columns_of
from threadkeep.storage.postgres.file_references import (
    THREAD_FILES,
    add_references,
    lock_listed_files,
)
from threadkeep.storage.postgres.group_commit import Job, Kind, Outcome
from threadkeep.storage.postgres.messages import size_of
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.run_key import RunKey, key_of
from threadkeep.storage.postgres.session import Parameters, Session
from threadkeep.storage.postgres.thread_lock import ThreadKey, active_runs, refusal
from threadkeep.storage.postgres.threads import NewThread
from threadkeep.storage.rows import run_row

_INSERT: Final = load_query("runs/insert")
_THREAD: Final = ("project", "id", "body")
_MESSAGE: Final = ("for_run", "id", "run_id", "role", "status", "body")


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
    """Insert a run with a new thread that lists files, which are locked first. Raises `MissingError` as that does."""
    await lock_listed_files(session, thread.project, thread.thread)
    await _insert_rows(session, [new])
    await add_references(session, THREAD_FILES, thread.project, thread.thread)
    return new.record


async def _insert(
    session: Session, runs: Sequence[NewRun], threads: set[ThreadKey]
) -> list[Outcome[RunRecord]]:
    present = [new for new in runs if new.thread is not None or new.thread_key in threads]
    kept = await _insert_rows(session, present)
    refused = {new.thread_key for new in present if key_of(new.record) not in kept}
    active = await active_runs(session, refused)
    return [
        new.record if key_of(new.record) in kept else refusal(new.thread_key, active, "run")
        for new in runs
    ]


async def _insert_rows(session: Session, runs: Sequence[NewRun]) -> set[RunKey]:
    """Insert those whose threads have no active run, with all that comes with them; the keys of those that got in."""
    if not runs:
        return set()
    rows = [new.row for new in runs]
    threads = [new.thread.row for new in runs if new.thread is not None]
    messages = [row | {"for_run": new.row["id"]} for new in runs for row in new.messages]
    columns = {
        **columns_of(rows),
        **columns_beside("made", _THREAD, threads),
        **columns_beside("message", _MESSAGE, messages),
        "now": rows[0]["now"],
    }
    return {(row[0], row[1], row[2]) for row in await session.rows(_INSERT, **columns)}


_INSERTS: Final = Kind(2, _insert)
