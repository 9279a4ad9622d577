"""Records as rows, and rows as records: the same columns in every database. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from threadkeep.storage.contract.run_steps import EventSpan
from threadkeep.storage.contract.runs import RunRecord
from threadkeep.types.codec import decode, encode
from threadkeep.types.message import Message
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.usage import Usage


def message_row(project: str, message: Message) -> dict[str, object]:
    """What a message's row holds."""
    return {
        "project": project,
        "thread_id": message.thread_id,
        "id": message.id,
        "run_id": message.run_id,
        "role": message.role,
        "status": message.status,
        "body": encode(message),
    }


def step_row(project: str, step: RunStep, span: EventSpan | None) -> dict[str, object]:
    """What a run step's row holds."""
    return {
        "project": project,
        "thread_id": step.thread_id,
        "run_id": step.run_id,
        "id": step.id,
        "status": step.status,
        "event_epoch": span and span.epoch,
        "first_event": span and span.first,
        "last_event": span and span.last,
        "body": encode(step),
    }


def run_row(record: RunRecord) -> dict[str, object]:
    """What a run's row holds."""
    return {
        "project": record.project,
        "thread_id": record.run.thread_id,
        "id": record.run.id,
        "status": record.run.status,
        "worker": record.worker,
        "epoch": record.epoch,
        "attempts": record.attempts,
        "revision": record.revision,
        "due_at": record.due_at,
        "parked_usage": None if record.parked_usage is None else encode(record.parked_usage),
        "on_crash": record.on_crash,
        "traceparent": record.traceparent,
        "body": encode(record.run),
    }


def run_record(row: Sequence[Any]) -> RunRecord:
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
