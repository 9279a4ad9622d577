"""Retelling: the events of a run, made again from its records when nobody remembers them. Pure.

The events of a run belong to epochs, and their numbers begin at 0 in each. Epoch 0 is the creation. The others are
claims by workers, in between submissions of tool outputs, and at last the close of a run that no worker had. A claim
after one that neither ended the run nor left it waiting is a restart: what that one began and did not complete is void.

Every event has the number under which it was told. Only the deltas of a step are not remembered one by one: they
become one, right before the end of the step. It is left out for whoever has seen some of them: the message or step that
follows holds everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final, TypeAlias

from threadkeep.engine import emission, lifecycle, openings
from threadkeep.engine.beginnings import run_when
from threadkeep.engine.emission import Emission
from threadkeep.engine.event_log import RunEvent
from threadkeep.engine.told_step import Numbered, ToldStep
from threadkeep.storage import EventSpan, RunRecord
from threadkeep.types.codec import encode
from threadkeep.types.message import Message
from threadkeep.types.run import Run, RunRestart, RunStatus
from threadkeep.types.run_step import MessageCreationDetails, RunStep

Position: TypeAlias = tuple[int, int]
"""The epoch and the number of an event."""

BEFORE_ALL: Final[Position] = (0, -1)


class Past:
    """What is kept of a run: its record, its steps with their spans, its messages by id."""

    def __init__(
        self,
        record: RunRecord,
        steps: Sequence[RunStep],
        spans: Mapping[str, EventSpan],
        messages: Mapping[str, Message],
    ) -> None:
        self._run = record.run
        self._latest = record.epoch
        self._is_terminal = record.run.status in lifecycle.TERMINAL
        self._is_closed = self._is_terminal and record.worker is None
        self._steps = [
            ToldStep(step, spans[step.id], _message_of(step, messages), latest=record.epoch)
            for step in steps
            if step.id in spans
        ]

    @property
    def is_restarted(self) -> bool:
        """Whether the latest epoch, if it is a claim, is a restart."""
        return self._is_restart(self._latest)

    def events_after(self, position: Position) -> list[RunEvent]:
        """The events that a watcher needs who has seen everything up to `position`."""
        return [
            RunEvent(epoch, number, event.name, encode(event.data), event.told)
            for epoch in range(position[0], self._latest + 1)
            for number, event in sorted(self._epoch(epoch, position).items())
            if (epoch, number) > position
        ]

    def _epoch(self, epoch: int, position: Position) -> Numbered:
        if epoch == 0:
            run = self._run_when("queued", started_at=None)
            return dict(enumerate(openings.creation(run), openings.CREATED))
        if self._is_closed and epoch == self._latest:
            return dict(enumerate(self._close()))
        if (waited := self._waiting.get(epoch - 1)) is not None:
            run = self._run_when("queued")
            return dict(enumerate(openings.submission(run, waited.step)))
        return self._claim(epoch, position)

    @cached_property
    def _waiting(self) -> dict[int, ToldStep]:
        """The steps for which a claim left the run waiting, by its epoch."""
        return {told.span.epoch: told for told in self._steps if told.action is not None}

    def _is_restart(self, epoch: int) -> bool:
        return epoch > 1 and not {epoch - 1, epoch - 2} & self._waiting.keys()

    def _close(self) -> list[Emission]:
        ended = [
            *(told for told in self._steps if told.is_ended_from_outside),
            *(told for told in [self._waiting.get(self._latest - 1)] if told is not None),
        ]
        ends = [end for told in ended for end in told.ends]
        return [*self._cancelling(), *ends, emission.of_run(self._run)]

    def _claim(self, epoch: int, position: Position) -> Numbered:
        """The events of a claim; of one that goes on, those before the first step that is still open."""
        steps = [told for told in self._steps if told.span.epoch == epoch]
        events = dict(enumerate(self._start(epoch)))
        for told in steps:
            events |= told.fixed
            if told.action is not None and told.span.last is not None:
                run = self._run_when("requires_action", required_action=told.action)
                events[told.span.last] = emission.of_run(run)
        if self._is_terminal and epoch == self._latest:
            events |= self._end(events, steps)
        _add_deltas(events, steps, position)
        until = min((told.span.first for told in steps if told.is_open), default=None)
        return {number: e for number, e in events.items() if until is None or number < until}

    def _start(self, epoch: int) -> list[Emission]:
        restart = RunRestart(id=self._run.id, epoch=epoch)
        restarted = [emission.of_restart(restart)] if self._is_restart(epoch) else []
        return [*restarted, emission.of_run(self._run_when("in_progress"))]

    def _end(self, events: Numbered, steps: Sequence[ToldStep]) -> Numbered:
        """The end of the run by its worker; what was cancelled with the run ends after `cancelling`."""
        last = max(events)
        end = emission.of_run(self._run)
        if self._run.status != "cancelled":
            return {last + 1: end}
        cancelled = [told.after_deltas for told in steps if told.step.status == "cancelled"]
        [cancelling] = self._cancelling()
        if cancelled:
            return {min(cancelled) - 1: cancelling, last + 1: end}
        return {last + 1: cancelling, last + 2: end}

    def _cancelling(self) -> list[Emission]:
        is_cancelled = self._run.status == "cancelled"
        return [emission.of_run(self._run_when("cancelling"))] if is_cancelled else []

    def _run_when(self, status: RunStatus, **changes: object) -> Run:
        return run_when(self._run, status, **changes)


def _add_deltas(events: Numbered, steps: Sequence[ToldStep], position: Position) -> None:
    """Give each step that has ended its one delta, as late as there is a number that no other event has."""
    for told in sorted(
        (told for told in steps if told.span.last is not None), key=lambda told: told.after_deltas
    ):
        has_seen_some = (told.span.epoch, told.first_delta) <= position
        if not has_seen_some and (delta := told.delta) is not None:
            numbers = range(told.after_deltas - 1, told.first_delta - 1, -1)
            if (free := next((n for n in numbers if n not in events), None)) is not None:
                events[free] = delta


def _message_of(step: RunStep, messages: Mapping[str, Message]) -> Message | None:
    """The message that the step makes; None if it makes none, or if it was deleted."""
    if isinstance(step.step_details, MessageCreationDetails):
        return messages.get(step.step_details.message_creation.message_id)
    return None
