"""Why a run stands where it stands: an answer of this server's own, for whoever wonders."""

from __future__ import annotations

from typing import Literal

import msgspec

from threadkeep.types.run import RunStatus

WaitsFor = Literal["worker", "chat model", "tool outputs", "rescue", "cancel", "expiry"]


class RunExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a run waits for, who holds it, and what comes next."""

    object: str = "thread.run.explanation"
    run_id: str
    thread_id: str
    status: RunStatus
    waits_for: WaitsFor | None
    """None if the run is over."""
    held_by: str | None
    """The worker that has it."""
    lease_seconds_left: float | None
    """How long that worker has it for certain; it renews its lease four times before."""
    queued_seconds: float | None
    ahead_count: int
    """How many runs are queued before it."""
    workers_alive: int
    attempts: int
    """How often it was claimed since its caller last had a hand in it."""
    expires_in_seconds: float | None
    now: str
    """All of it in plain words."""
    next: str
    """What comes next, and what to do if it does not."""
