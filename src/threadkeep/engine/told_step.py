"""A run step and the events that tell of it, made again from what is kept. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

from threadkeep.engine import emission
from threadkeep.engine.beginnings import begun_message, begun_step, message_delta, step_delta
from threadkeep.engine.emission import Emission
from threadkeep.engine.told_message import told_whole
from threadkeep.storage import EventSpan
from threadkeep.types.message import Message
from threadkeep.types.run import (
    FunctionCall,
    RequiredAction,
    RequiredToolCall,
    SubmitToolOutputs,
)
from threadkeep.types.run_step import FunctionToolCall, RunStep, ToolCallsDetails

Numbered: TypeAlias = dict[int, Emission]
"""Events of one epoch by their number."""


class ToldStep:
    """A step of a run whose latest epoch is `latest`, with its span, and with its message if it has one."""

    def __init__(
        self, step: RunStep, span: EventSpan, message: Message | None, *, latest: int
    ) -> None:
        self.step = step
        self.span = span
        self._message = message
        self._latest = latest

    @property
    def is_open(self) -> bool:
        """Whether its claim has not come to its end yet."""
        return self.step.status == "in_progress" and self.span.last is None

    @property
    def is_ended_from_outside(self) -> bool:
        """Whether its claim never came to its end, and somebody else has ended it."""
        return self.step.status != "in_progress" and self.span.last is None

    @cached_property
    def action(self) -> RequiredAction | None:
        """What its claim left the caller to do; None if it did not leave the run waiting for this step."""
        if self.span.last is None or not isinstance(self.step.step_details, ToolCallsDetails):
            return None
        if self.step.status != "in_progress" and self.span.epoch == self._latest:
            return None  # ended by its own claim, and the run with it
        calls = [
            RequiredToolCall(
                id=call.id,
                function=FunctionCall(name=call.function.name, arguments=call.function.arguments),
            )
            for call in self.step.step_details.tool_calls
            if isinstance(call, FunctionToolCall)
        ]
        return (
            RequiredAction(submit_tool_outputs=SubmitToolOutputs(tool_calls=calls))
            if calls
            else None
        )

    @property
    def ends(self) -> list[Emission]:
        """The events of its end: the message first."""
        of_message = [emission.of_message(self._message)] if self._message else []
        return [*of_message, emission.of_step(self.step)]

    @property
    def fixed(self) -> Numbered:
        """All its events in the epoch of its claim but the deltas, which need not stand where they stood."""
        return self._opening | self._closing

    @property
    def delta(self) -> Emission | None:
        """All its deltas as one, if it has ended and holds anything."""
        if self.span.last is None:
            return None
        if self._message is not None:
            made = message_delta(self._message)
            return made and Emission("thread.message.delta", made, told_whole(self._message))
        made = step_delta(self.step)
        return made and Emission("thread.run.step.delta", made)

    @property
    def first_delta(self) -> int:
        """The number that the first delta had, or a lower one."""
        return self.span.first + len(self._opening)

    @property
    def after_deltas(self) -> int:
        """The number of the first event after the last delta."""
        assert self.span.last is not None
        return min(self._closing, default=self.span.last)

    @property
    def _opening(self) -> Numbered:
        message = self._message
        of_message = emission.of_new_message(begun_message(message)) if message else []
        opening = [*emission.of_new_step(begun_step(self.step)), *of_message]
        return dict(enumerate(opening, self.span.first))

    @property
    def _closing(self) -> Numbered:
        """What its claim told at its end: nothing of a step that it left to the caller or left open."""
        if self.span.last is None or self.action is not None:
            return {}
        ends = self.ends
        return dict(enumerate(ends, self.span.last - len(ends) + 1))
