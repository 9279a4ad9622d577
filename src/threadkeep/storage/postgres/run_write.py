"""What becomes of runs in PostgreSQL: many at once, each behind its fence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from threadkeep.storage import RunRecord
from threadkeep.storage.postgres.columns import columns_beside, columns_of
from threadkeep.storage.postgres.group_commit import Job, Kind, Outcome
from threadkeep.storage.postgres.messages import size_of
from threadkeep.storage.postgres.open_parts import delete_open_parts
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.run_key import key_of
from threadkeep.storage.postgres.session import Parameters, Row, Session
from threadkeep.storage.postgres.thread_lock import ThreadKey
from threadkeep.storage.rows import run_record, run_row

_WRITE: Final = load_query("runs/write")
_STEP: Final = ("write", "id", "status", "event_epoch", "first_event", "last_event", "body")
_MESSAGE: Final = ("write", "id", "run_id", "role", "status", "body")


class RunWrite(NamedTuple):
    """What is written of a run: `after` for `record` if it is given, steps and messages."""

    record: RunRecord
    after: RunRecord | None
    row: Parameters
    steps: Sequence[Parameters]
    messages: Sequence[Parameters]


def run_write(
    record: RunRecord,
    after: RunRecord | None,
    steps: Sequence[Parameters],
    messages: Sequence[Parameters],
    now: float | None,
) -> RunWrite:
    """A write of a run; of steps and messages with the same id, the last one counts."""
    seen = {
        "seen_revision": record.revision,
        "seen_epoch": record.epoch,
        "seen_worker": record.worker,
        "replaces": after is not None,
        "now": now,
    }
    project, thread_id, run_id = key_of(record)
    place = {"project": project, "thread_id": thread_id, "id": run_id}
    row = run_row(after or record) | place | seen
    return RunWrite(record, after, row, _last_of_each(steps), _last_of_each(messages))


def write_job(write: RunWrite) -> Job[RunWrite, RunRecord | None]:
    """The job of writing it with others; of writes of the same run each sees the one before."""
    size = size_of([write.row, *write.steps, *write.messages])
    return Job(_WRITES, write, key=("write", key_of(write.record)), size=size)


async def _write(
    session: Session, writes: Sequence[RunWrite], _: set[ThreadKey]
) -> list[Outcome[RunRecord | None]]:
    """The runs in one order everywhere, so that no two transactions wait for each other."""
    ordered = sorted(writes, key=lambda write: key_of(write.record))
    rows = await session.rows(_WRITE, **_columns(ordered))
    passed = [(ordered[int(row[0]) - 1], row[1:]) for row in rows]
    written = {key_of(write.record): _written(write, kept) for write, kept in passed}
    afters = [write.after for write, _ in passed]
    await delete_open_parts(session, [after for after in afters if after and after.is_closed])
    return [written.get(key_of(write.record)) for write in writes]


def _columns(writes: Sequence[RunWrite]) -> Parameters:
    rows = [write.row for write in writes]
    placed = list(enumerate(writes, start=1))
    steps = [row | {"write": place} for place, write in placed for row in write.steps]
    messages = [row | {"write": place} for place, write in placed for row in write.messages]
    return {
        **columns_of(rows),
        **columns_beside("step", _STEP, steps),
        **columns_beside("message", _MESSAGE, messages),
        "now": rows[0]["now"],
    }


def _written(write: RunWrite, kept: Row) -> RunRecord:
    """The run as it is now; `kept` is its row as it was."""
    if write.after is None:
        return run_record(kept)
    record = write.record
    return replace(write.after, project=record.project, revision=record.revision + 1)


def _last_of_each(rows: Sequence[Parameters]) -> list[Parameters]:
    """One statement cannot write a row twice."""
    return list({row["id"]: row for row in rows}.values())


_WRITES: Final = Kind(3, _write)
