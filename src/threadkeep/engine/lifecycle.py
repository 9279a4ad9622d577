"""The statuses of a run: the table, and the only place where they change.

Rule: whatever changes `run.status` is a function of this file, and each applies one row of `TRANSITIONS`. The functions
are pure: they take a run and give another one. Which fields change with the status is contract §6.1. The diagram in the
documentation is drawn from the table.
"""

from __future__ import annotations

from typing import Final

import msgspec

from threadkeep.types.run import IncompleteDetails, LastError, RequiredAction, Run
from threadkeep.types.usage import Usage

ACTIVE: Final = frozenset({"queued", "in_progress", "requires_action", "cancelling"})
"""A run in one of these locks its thread."""
UNDER_WAY: Final = frozenset({"queued", "in_progress"})
"""A run in one of these is in the hands of the server; not even its metadata can be changed."""
HELD: Final = frozenset({"in_progress", "cancelling"})
"""A run in one of these is in the hands of a worker."""
TERMINAL: Final = frozenset({"completed", "incomplete", "failed", "cancelled", "expired"})
"""A run in one of these never changes again, but for its metadata."""

SETTLED: Final = frozenset({*TERMINAL, "requires_action"})
"""A run in one of these stays in it unless the caller does something or its time is over."""


class Transition(msgspec.Struct, frozen=True):
    """A row of the table: what happens, from which statuses it may, and where it leads."""

    name: str
    sources: tuple[str, ...]
    target: str
    trigger: str


START: Final = Transition("start", ("queued",), "in_progress", "a worker claims the run")
PARK: Final = Transition("park", ("in_progress",), "requires_action", "the model calls functions")
RESUME: Final = Transition("resume", ("requires_action",), "queued", "the outputs are submitted")
REQUEUE: Final = Transition("requeue", ("in_progress",), "queued", "its worker died or stopped")
COMPLETE: Final = Transition(
    "complete", ("in_progress", "cancelling"), "completed", "the model gave its answer"
)
CUT_OFF: Final = Transition(
    "cut off", ("in_progress", "cancelling"), "incomplete", "a token budget is used up"
)
FAIL: Final = Transition(
    "fail", ("queued", "in_progress", "cancelling"), "failed", "the model or the engine failed"
)
ASK_TO_CANCEL: Final = Transition(
    "ask to cancel", ("in_progress",), "cancelling", "the caller cancels, a worker has the run"
)
CANCEL: Final = Transition(
    "cancel",
    ("queued", "requires_action", "in_progress", "cancelling"),
    "cancelled",
    "the worker stopped, or none had the run",
)
EXPIRE: Final = Transition(
    "expire",
    ("queued", "in_progress", "requires_action", "cancelling"),
    "expired",
    "`expires_at` passed",
)

TRANSITIONS: Final = (
    START,
    PARK,
    RESUME,
    REQUEUE,
    COMPLETE,
    CUT_OFF,
    FAIL,
    ASK_TO_CANCEL,
    CANCEL,
    EXPIRE,
)


class ImpossibleTransitionError(RuntimeError):
    """A status was to change in a way that the table does not have."""


def allows(transition: Transition, run: Run) -> bool:
    """Whether the table has a row from where the run is."""
    return run.status in transition.sources


def start(run: Run, now: int) -> Run:
    """In progress; `started_at` is that of the latest start."""
    return _moved(run, START, started_at=now)


def park(run: Run, action: RequiredAction) -> Run:
    """Waiting for the caller."""
    return _moved(run, PARK, required_action=action)


def resume(run: Run) -> Run:
    """Queued again, with all that the caller was asked for. The deadline stays."""
    return _moved(run, RESUME, required_action=None)


def requeue(run: Run) -> Run:
    """Queued again because whoever had it is gone."""
    return _moved(run, REQUEUE)


def complete(run: Run, now: int, usage: Usage) -> Run:
    """Completed."""
    return _ended(run, COMPLETE, completed_at=now, usage=usage)


def cut_off(run: Run, now: int, reason: str, usage: Usage) -> Run:
    """Incomplete; `reason` is `max_completion_tokens` or `max_prompt_tokens`."""
    details = IncompleteDetails(reason=reason)
    return _ended(run, CUT_OFF, completed_at=now, incomplete_details=details, usage=usage)


def fail(run: Run, now: int, error: LastError, usage: Usage) -> Run:
    """Failed."""
    return _ended(run, FAIL, failed_at=now, last_error=error, usage=usage)


def ask_to_cancel(run: Run) -> Run:
    """Cancelling: the worker is told to stop."""
    return _moved(run, ASK_TO_CANCEL)


def as_cancelling(run: Run) -> Run:
    """What the caller is told of a run that is cancelled at once: the answer is always `cancelling`."""
    return msgspec.structs.replace(run, status="cancelling", required_action=None)


def cancel(run: Run, now: int, usage: Usage) -> Run:
    """Cancelled."""
    return _ended(run, CANCEL, cancelled_at=now, usage=usage)


def expire(run: Run, usage: Usage) -> Run:
    """Expired. A run has no time of its own for that."""
    return _ended(run, EXPIRE, usage=usage)


def _ended(run: Run, transition: Transition, **changes: object) -> Run:
    return _moved(run, transition, expires_at=None, required_action=None, **changes)


def _moved(run: Run, transition: Transition, **changes: object) -> Run:
    if not allows(transition, run):
        raise ImpossibleTransitionError(f"{run.id}: cannot {transition.name} when {run.status}")
    return msgspec.structs.replace(run, status=transition.target, **changes)
