"""Threads while they are written to, and why one takes neither a message nor a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from threadkeep.errors import MissingError, Refusal, ThreadBusyError
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session

ThreadKey: TypeAlias = tuple[str, str]
"""A project and the id of a thread in it."""

_LOCK: Final = load_query("threads/lock")
_ACTIVE: Final = load_query("runs/active")


async def lock_threads(session: Session, threads: set[ThreadKey]) -> set[ThreadKey]:
    """Keep others from adding to these threads until the end of the transaction; those that are there."""
    if not threads:
        return set()
    rows = await session.rows(_LOCK, **_columns(threads))
    return {(project, thread_id) for project, thread_id in rows}


async def active_runs(session: Session, threads: Iterable[ThreadKey]) -> dict[ThreadKey, str]:
    """The ids of the runs that keep these threads from being written to."""
    wanted = set(threads)
    if not wanted:
        return {}
    rows = await session.rows(_ACTIVE, **_columns(wanted))
    return {(project, thread_id): run_id for project, thread_id, run_id in rows}


def refusal(
    thread: ThreadKey, active: dict[ThreadKey, str], wanted: Literal["message", "run"]
) -> Refusal:
    """What an insert that the thread did not take answers: it has an active run, or is not there."""
    if thread not in active:
        return MissingError("thread", thread[1])
    return ThreadBusyError(thread[1], active[thread], wanted)


def _columns(threads: set[ThreadKey]) -> dict[str, list[str]]:
    ordered = sorted(threads)
    return {
        "projects": [project for project, _ in ordered],
        "thread_ids": [thread_id for _, thread_id in ordered],
    }
