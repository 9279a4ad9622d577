"""Events: the entries of a run's log, as they arrive over SSE."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from threadkeep.types.codec import decode
from threadkeep.types.delta import MessageDelta, RunStepDelta
from threadkeep.types.message import Message
from threadkeep.types.problem import Problem
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread


class ThreadEvent(msgspec.Struct, frozen=True):
    """`thread.created`: the thread was made."""

    event: str
    data: Thread


class RunEvent(msgspec.Struct, frozen=True):
    """`thread.run.*`: the run has a new status."""

    event: str
    data: Run


class RunStepEvent(msgspec.Struct, frozen=True):
    """`thread.run.step.*` but `delta`: the run step has a new status."""

    event: str
    data: RunStep


class RunStepDeltaEvent(msgspec.Struct, frozen=True):
    """`thread.run.step.delta`: something is new in a run step."""

    event: str
    data: RunStepDelta


class MessageEvent(msgspec.Struct, frozen=True):
    """`thread.message.*` but `delta`: the message has a new status."""

    event: str
    data: Message


class MessageDeltaEvent(msgspec.Struct, frozen=True):
    """`thread.message.delta`: something is new in a message."""

    event: str
    data: MessageDelta


class ErrorEvent(msgspec.Struct, frozen=True):
    """`error`: the stream broke on the server's side."""

    event: str
    data: Problem


class UnknownEvent(msgspec.Struct, frozen=True):
    """An event that this version does not know, with its data as it came."""

    event: str
    data: Any


KnownEvent: TypeAlias = (
    ThreadEvent
    | RunEvent
    | RunStepEvent
    | RunStepDeltaEvent
    | MessageEvent
    | MessageDeltaEvent
    | ErrorEvent
)
Event: TypeAlias = KnownEvent | UnknownEvent

THREAD_EVENTS: Final = ("thread.created",)
RUN_EVENTS: Final = tuple(
    f"thread.run.{status}"
    for status in (
        "created",
        "queued",
        "in_progress",
        "requires_action",
        "completed",
        "incomplete",
        "failed",
        "cancelling",
        "cancelled",
        "expired",
    )
)
RUN_STEP_EVENTS: Final = tuple(
    f"thread.run.step.{status}"
    for status in ("created", "in_progress", "completed", "failed", "cancelled", "expired")
)
MESSAGE_EVENTS: Final = tuple(
    f"thread.message.{status}" for status in ("created", "in_progress", "completed", "incomplete")
)

_VARIANTS: Final[dict[str, tuple[type[Any], type[Any]]]] = {
    **dict.fromkeys(THREAD_EVENTS, (ThreadEvent, Thread)),
    **dict.fromkeys(RUN_EVENTS, (RunEvent, Run)),
    **dict.fromkeys(RUN_STEP_EVENTS, (RunStepEvent, RunStep)),
    **dict.fromkeys(MESSAGE_EVENTS, (MessageEvent, Message)),
    "thread.run.step.delta": (RunStepDeltaEvent, RunStepDelta),
    "thread.message.delta": (MessageDeltaEvent, MessageDelta),
    "error": (ErrorEvent, Problem),
}


def decode_event(name: str, data: bytes) -> Event:
    """The event `name` with `data`. Raises `msgspec.DecodeError` if the data is not JSON of that event."""
    variant = _VARIANTS.get(name)
    if variant is None:
        return UnknownEvent(name, msgspec.json.decode(data))
    event_type, data_type = variant
    event: Event = event_type(name, decode(data, data_type))
    return event
