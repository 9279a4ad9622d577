"""What the events of a run add up to. Pure: it is fed events, and asked for snapshots."""

from __future__ import annotations

from collections.abc import Iterator

from threadkeep.client.growing import GrowingMessage, GrowingStep
from threadkeep.types.delta import MessageDelta, RunStepDelta, TextDelta
from threadkeep.types.event import (
    Event,
    MessageDeltaEvent,
    MessageEvent,
    RunEvent,
    RunRestartEvent,
    RunStepDeltaEvent,
    RunStepEvent,
)
from threadkeep.types.message import ContentPart, Message
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep, ToolCall
from threadkeep.types.unknown import Unknown

STEP_ENDS = frozenset(
    f"thread.run.step.{status}" for status in ("completed", "failed", "cancelled", "expired")
)


class RunSnapshots:
    """The run, its messages and its steps as far as their events have come."""

    def __init__(self) -> None:
        self.run: Run | None = None
        """As in the latest event about it."""
        self.opened_parts: list[int] = []
        """The content parts that the latest event opened, by their index."""
        self._messages: dict[str, GrowingMessage] = {}
        self._steps: dict[str, GrowingStep] = {}
        self._message: GrowingMessage | None = None
        self._step: GrowingStep | None = None

    def feed(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case MessageDeltaEvent(data=delta):
                self.opened_parts = self._growing_message(delta).add(delta)
            case RunStepDeltaEvent(data=delta):
                self._growing_step(delta).add(delta)
            case MessageEvent(data=message):
                self._message = self._messages[message.id] = GrowingMessage(message)
            case RunStepEvent(event=name, data=step):
                growing = self._steps[step.id] = GrowingStep(step)
                self._step = None if name in STEP_ENDS else growing
            case RunEvent(data=run):
                self.run = run
            case RunRestartEvent():
                self._drop_open()
            case _:
                pass

    @property
    def message(self) -> Message | None:
        """The message that came last, so far."""
        return self._message and self._message.snapshot()

    @property
    def step(self) -> RunStep | None:
        """The step that is in progress, so far."""
        return self._step and self._step.snapshot()

    @property
    def messages(self) -> list[Message]:
        """All messages so far, in the order in which they began."""
        return [message.snapshot() for message in self._messages.values()]

    @property
    def steps(self) -> list[RunStep]:
        """All steps so far, in the order in which they began."""
        return [step.snapshot() for step in self._steps.values()]

    def find_message(self, message_id: str) -> Message | None:
        """A message so far, if there is such a one."""
        growing = self._messages.get(message_id)
        return growing and growing.snapshot()

    def part(self, index: int) -> ContentPart | None:
        """The content part at `index` of the message that came last, so far."""
        return self._message and self._message.part(index)

    def tool_call(self, step_id: str, index: int) -> ToolCall | None:
        """The tool call at `index` of a step, so far."""
        return self._steps[step_id].tool_call(index)

    def _drop_open(self) -> None:
        self._messages = {id: each for id, each in self._messages.items() if not each.is_open}
        self._steps = {id: each for id, each in self._steps.items() if not each.is_open}
        self._message = next(reversed(self._messages.values()), None)
        self._step = None

    def _growing_message(self, delta: MessageDelta) -> GrowingMessage:
        """The message of `delta`; a new one if the stream began in the middle of it."""
        growing = self._messages.get(delta.id)
        if growing is None:
            message = Message(id=delta.id, role="assistant", status="in_progress")
            growing = self._messages[delta.id] = GrowingMessage(message)
        self._message = growing
        return growing

    def _growing_step(self, delta: RunStepDelta) -> GrowingStep:
        """The step of `delta`; a new one if the stream began in the middle of it."""
        growing = self._steps.get(delta.id)
        if growing is None:
            details = Unknown(value={"type": delta.delta.step_details.type})
            step = RunStep(id=delta.id, type=details.type, step_details=details)
            growing = self._steps[delta.id] = GrowingStep(step)
        self._step = growing
        return growing


def texts_of(event: Event) -> Iterator[str]:
    """The text that the event brings, if any."""
    if isinstance(event, MessageDeltaEvent):
        for part in event.data.delta.content:
            if isinstance(part, TextDelta) and part.text and part.text.value:
                yield part.text.value
