"""Signals: what nodes tell each other over the bus, beside the events of runs. Each may be lost: a sweep repairs it."""

from __future__ import annotations

from typing import Final

from threadkeep.types.run import Run

WAKE_SUBJECT: Final = "wake"
"""Where it is told that a run is queued; one of all workers hears it."""
INGEST_SUBJECT: Final = "ingest"
"""Where it is told that files wait to be read; one of all ingesters hears it."""


def control_subject(worker: str) -> str:
    """Where a worker is told the id of a run that it shall cancel."""
    return f"ctl.{worker}"


def wake_up(run: Run) -> bytes:
    """What `WAKE_SUBJECT` is told of a run."""
    return f"{run.thread_id} {run.id}".encode()


def woken_run(payload: bytes) -> tuple[str, str]:
    """The thread id and the run id of a wake-up."""
    thread_id, _, run_id = payload.decode().partition(" ")
    return thread_id, run_id
