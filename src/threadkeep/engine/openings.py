"""Openings: the events of the epochs that no worker has, told by whoever did something to the run. Pure."""

from __future__ import annotations

from typing import Final

from threadkeep.engine import emission
from threadkeep.engine.emission import Emission
from threadkeep.engine.event_log import RunEvent, numbered
from threadkeep.storage import RunRecord
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread

CREATED: Final = 1
"""The number of `thread.run.created` in epoch 0; the thread may have been created before it, under 0."""


def creation(run: Run) -> list[Emission]:
    """A run was created and waits for a worker."""
    return [Emission("thread.run.created", run), emission.of_run(run)]


def submission(run: Run, step: RunStep) -> list[Emission]:
    """The outputs that `step` waited for are there, and the run waits for a worker again."""
    return [emission.of_step(step), emission.of_run(run)]


def creation_events(record: RunRecord, thread: Thread | None = None) -> list[RunEvent]:
    """The events of a run's creation, and before them of its thread's if that is new."""
    created = [] if thread is None else [Emission("thread.created", thread)]
    return numbered(record.epoch, [*created, *creation(record.run)], CREATED - len(created))


def submission_events(record: RunRecord, step: RunStep) -> list[RunEvent]:
    """The events of a submission of outputs."""
    return numbered(record.epoch, submission(record.run, step))
