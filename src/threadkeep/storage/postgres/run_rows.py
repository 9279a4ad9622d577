"""Runs as rows, and rows as records."""

from __future__ import annotations

from typing import TypeAlias

from threadkeep.storage import RunRecord
from threadkeep.storage.postgres.session import Parameters, Row
from threadkeep.types.codec import decode, encode
from threadkeep.types.run import Run
from threadkeep.types.usage import Usage

RunKey: TypeAlias = tuple[str, str, str]
"""A project, the id of a thread in it, and the id of a run on that."""


def key_of(record: RunRecord) -> RunKey:
    """What the run is found by."""
    return record.project, record.run.thread_id, record.run.id


def run_row(record: RunRecord) -> Parameters:
    """What a run's row holds."""
    return {
        "project": record.project,
        "thread_id": record.run.thread_id,
        "id": record.run.id,
        "status": record.run.status,
        "worker": record.worker,
        "epoch": record.epoch,
        "attempts": record.attempts,
        "due_at": record.due_at,
        "parked_usage": None if record.parked_usage is None else encode(record.parked_usage),
        "on_crash": record.on_crash,
        "traceparent": record.traceparent,
        "body": encode(record.run),
    }


def run_record(row: Row) -> RunRecord:
    """The record of a row with the columns of `runs/find`."""
    project, body, revision, worker, epoch, attempts, due_at, parked_usage, *more = row
    on_crash, traceparent = more
    return RunRecord(
        project=project,
        run=decode(body, Run),
        revision=revision,
        worker=worker,
        epoch=epoch,
        attempts=attempts,
        due_at=due_at,
        parked_usage=None if parked_usage is None else decode(parked_usage, Usage),
        on_crash=on_crash,
        traceparent=traceparent,
    )
