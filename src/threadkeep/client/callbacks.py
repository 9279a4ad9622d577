"""Which callbacks of an event handler an event sets off, in which order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from threadkeep.client.polling import RUN_SETTLED
from threadkeep.client.run_stream import STEP_ENDS, RunSnapshots
from threadkeep.types.delta import ContentDelta, TextDelta, ToolCallDelta, ToolCallsDelta
from threadkeep.types.event import (
    Event,
    MessageDeltaEvent,
    MessageEvent,
    RunEvent,
    RunRestartEvent,
    RunStepDeltaEvent,
    RunStepEvent,
)
from threadkeep.types.message import ContentPart, ImageFilePart, TextPart
from threadkeep.types.run_step import ToolCall

Arguments: TypeAlias = Callable[[], tuple[object, ...]]
Callback: TypeAlias = tuple[str, Arguments]
"""A callback's name, and what makes its arguments: not made unless somebody listens."""

CALLBACKS = frozenset(
    {
        "on_event",
        "on_image_file_done",
        "on_message_created",
        "on_message_delta",
        "on_message_done",
        "on_run_restarted",
        "on_run_step_created",
        "on_run_step_delta",
        "on_run_step_done",
        "on_text_created",
        "on_text_delta",
        "on_text_done",
        "on_tool_call_created",
        "on_tool_call_delta",
        "on_tool_call_done",
    }
)
"""Those that belong to events; `on_end`, `on_exception` and `on_timeout` belong to the stream."""


class Callbacks:
    """Remembers which content part and which tool call are open."""

    def __init__(self, snapshots: RunSnapshots) -> None:
        self._snapshots = snapshots
        self._part: int | None = None
        self._call: tuple[str, int] | None = None

    def of(self, event: Event) -> Iterator[Callback]:
        """What `event` sets off, once the snapshots have been fed with it."""
        yield "on_event", lambda: (event,)
        match event:
            case MessageDeltaEvent():
                yield from self._of_message_delta(event)
            case MessageEvent():
                yield from self._of_message(event)
            case RunStepDeltaEvent():
                yield from self._of_step_delta(event)
            case RunStepEvent():
                yield from self._of_step(event)
            case RunEvent(data=run) if run.status in RUN_SETTLED:
                yield from self._call_done()
            case RunRestartEvent(data=restart):
                self._part = self._call = None  # they are void, not done
                yield "on_run_restarted", lambda: (restart,)
            case _:
                pass

    def _of_message_delta(self, event: MessageDeltaEvent) -> Iterator[Callback]:
        for delta in event.data.delta.content:
            yield from self._of_part_delta(delta)
        yield "on_message_delta", lambda: (event.data.delta, self._snapshots.message)

    def _of_part_delta(self, delta: ContentDelta) -> Iterator[Callback]:
        index = getattr(delta, "index", None)
        if index != self._part:
            yield from self._part_done()
            self._part = index
        if not isinstance(delta, TextDelta) or delta.text is msgspec.UNSET:
            return
        text = delta.text
        if index in self._snapshots.opened_parts:
            yield "on_text_created", lambda: (self._text(delta.index),)
        yield "on_text_delta", lambda: (text, self._text(delta.index))

    def _of_message(self, event: MessageEvent) -> Iterator[Callback]:
        if event.event == "thread.message.created":
            yield "on_message_created", lambda: (event.data,)
        elif event.event in {"thread.message.completed", "thread.message.incomplete"}:
            yield from self._part_done()
            yield "on_message_done", lambda: (event.data,)

    def _part_done(self) -> Iterator[Callback]:
        part = None if self._part is None else self._snapshots.part(self._part)
        self._part = None
        yield from _done(part)

    def _of_step(self, event: RunStepEvent) -> Iterator[Callback]:
        if event.event == "thread.run.step.created":
            yield "on_run_step_created", lambda: (event.data,)
        elif event.event in STEP_ENDS:
            yield from self._call_done()
            yield "on_run_step_done", lambda: (event.data,)

    def _of_step_delta(self, event: RunStepDeltaEvent) -> Iterator[Callback]:
        details = event.data.delta.step_details
        if isinstance(details, ToolCallsDelta):
            for delta in details.tool_calls:
                yield from self._of_call_delta(event.data.id, delta)
        yield "on_run_step_delta", lambda: (event.data.delta, self._snapshots.step)

    def _of_call_delta(self, step_id: str, delta: ToolCallDelta) -> Iterator[Callback]:
        call = (step_id, getattr(delta, "index", 0))
        if call == self._call:
            yield "on_tool_call_delta", lambda: (delta, self._tool_call(call))
            return
        yield from self._call_done()
        self._call = call
        yield "on_tool_call_created", lambda: (self._tool_call(call),)

    def _call_done(self) -> Iterator[Callback]:
        call, self._call = self._call, None
        if call is not None:
            yield "on_tool_call_done", lambda: (self._tool_call(call),)

    def _tool_call(self, call: tuple[str, int]) -> ToolCall | None:
        return self._snapshots.tool_call(*call)

    def _text(self, index: int) -> object:
        part = self._snapshots.part(index)
        return part.text if isinstance(part, TextPart) else None


def _done(part: ContentPart | None) -> Iterator[Callback]:
    match part:
        case TextPart(text=text):
            yield "on_text_done", lambda: (text,)
        case ImageFilePart(image_file=image_file):
            yield "on_image_file_done", lambda: (image_file,)
        case _:
            pass
