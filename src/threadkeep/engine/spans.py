"""Spans: which events tell of a run step. Their numbers are known before they are told, so they are kept with the step.

Pure. What is told next is what was foreseen: nothing is told in between, and if keeping an end fails, nothing at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from threadkeep.engine.emission import Emission
from threadkeep.storage import EventSpan
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep


class Spans:
    """The spans of the steps that one claim of a run begins."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self._begun: dict[str, EventSpan] = {}
        self._open: set[str] = set()

    def of(self, emissions: Sequence[Emission], next_number: int) -> dict[str, EventSpan]:
        """Of the steps that these events, told next, begin, end, or leave to wait for the caller."""
        spans: dict[str, EventSpan] = {}
        for number, emission in enumerate(emissions, next_number):
            match emission.data:
                case RunStep() as step if emission.name == "thread.run.step.created":
                    spans[step.id] = self._begun[step.id] = EventSpan(self._epoch, number)
                    self._open.add(step.id)
                case RunStep() as step if step.status != "in_progress":
                    spans[step.id] = self._ended(step.id, number)
                case Run(status="requires_action"):
                    spans |= {step_id: self._ended(step_id, number) for step_id in [*self._open]}
                case _:
                    pass
        return spans

    def _ended(self, step_id: str, number: int) -> EventSpan:
        self._open.discard(step_id)
        return msgspec.structs.replace(self._begun[step_id], last=number)
