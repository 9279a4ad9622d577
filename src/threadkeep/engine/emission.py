"""Emission: an event on its way into a run's log."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from threadkeep.engine.told_message import Told
from threadkeep.types.delta import MessageDelta, RunStepDelta
from threadkeep.types.message import Message
from threadkeep.types.run import Run, RunRestart
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread

Emitted: TypeAlias = Thread | Run | RunRestart | RunStep | Message | MessageDelta | RunStepDelta

RESTARTED: Final = "thread.run.restarted"
"""Told only to those who asked for numbered events: the contract does not know it."""


class Emission(msgspec.Struct, frozen=True, gc=False):
    """The name of an event and what it tells. With a delta of a message, `told` is how far that is told by it."""

    name: str
    data: Emitted
    told: Told | None = None


def of_run(run: Run) -> Emission:
    """The run has a new status."""
    return Emission(f"thread.run.{run.status}", run)


def of_restart(restart: RunRestart) -> Emission:
    """The run has begun anew: what was not completed before is void."""
    return Emission(RESTARTED, restart)


def of_step(step: RunStep) -> Emission:
    """The run step has a new status."""
    return Emission(f"thread.run.step.{step.status}", step)


def of_message(message: Message) -> Emission:
    """The message has a new status."""
    return Emission(f"thread.message.{message.status}", message)


def of_new_step(step: RunStep) -> list[Emission]:
    """The run step was made and is in progress."""
    return [Emission("thread.run.step.created", step), of_step(step)]


def of_new_message(message: Message) -> list[Emission]:
    """The message was made and is in progress."""
    return [Emission("thread.message.created", message), of_message(message)]
