"""What becomes of runs in PostgreSQL: many at once, each behind its fence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from threadkeep.storage import RunRecord
from threadkeep.storage.postgres.columns import columns_of
from threadkeep.storage.postgres.group_commit import Job, Kind, Outcome
from threadkeep.storage.postgres.messages import size_of, write_messages
from threadkeep.storage.postgres.open_parts import delete_open_parts
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.run_key import RunKey, key_of
from threadkeep.storage.postgres.run_steps import write_steps
from threadkeep.storage.postgres.session import Parameters, Session
from threadkeep.storage.postgres.thread_lock import ThreadKey
from threadkeep.storage.rows import run_record, run_row

_WRITE: Final = load_query("runs/write")
_WRITE_FENCE: Final = load_query("runs/write_fence")

_Written: TypeAlias = dict[RunKey, RunRecord]
"""The runs that the fence let through, as they are now."""


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
        "now": now,
    }
    project, thread_id, run_id = key_of(record)
    place = {"project": project, "thread_id": thread_id, "id": run_id}
    row = (run_row(after) if after is not None else {}) | place | seen
    return RunWrite(record, after, row, _last_of_each(steps), _last_of_each(messages))


def write_job(write: RunWrite) -> Job[RunWrite, RunRecord | None]:
    """The job of writing it with others; of writes of the same run each sees the one before."""
    project, thread_id, _ = key = key_of(write.record)
    size = size_of([write.row, *write.steps, *write.messages])
    return Job(_WRITES, write, thread=(project, thread_id), key=("write", key), size=size)


async def _write(
    session: Session, writes: Sequence[RunWrite], _: set[ThreadKey]
) -> list[Outcome[RunRecord | None]]:
    replacing = [write for write in writes if write.after is not None]
    adding = [write for write in writes if write.after is None]
    through = await _replace(session, replacing) | await _pass_fence(session, adding)
    admitted = [write for write in writes if key_of(write.record) in through]
    await write_steps(session, [row for write in admitted for row in write.steps])
    await write_messages(session, [row for write in admitted for row in write.messages])
    closed = [write.after for write in admitted if write.after and write.after.is_closed]
    await delete_open_parts(session, closed)
    return [through.get(key_of(write.record)) for write in writes]


async def _replace(session: Session, writes: Sequence[RunWrite]) -> _Written:
    if not writes:
        return {}
    rows = [write.row for write in writes]
    columns = columns_of(rows) | {"now": rows[0]["now"]}
    places = await session.rows(_WRITE, **columns)
    return dict(_replaced(writes[int(row[0]) - 1]) for row in places)


def _replaced(write: RunWrite) -> tuple[RunKey, RunRecord]:
    record, after = write.record, write.after
    assert after is not None
    return key_of(record), replace(after, project=record.project, revision=record.revision + 1)


async def _pass_fence(session: Session, writes: Sequence[RunWrite]) -> _Written:
    if not writes:
        return {}
    rows = await session.rows(_WRITE_FENCE, **columns_of([write.row for write in writes]))
    return {key_of(record): record for record in map(run_record, rows)}


def _last_of_each(rows: Sequence[Parameters]) -> list[Parameters]:
    """One statement cannot write a row twice."""
    return list({row["id"]: row for row in rows}.values())


_WRITES: Final = Kind(4, _write)
