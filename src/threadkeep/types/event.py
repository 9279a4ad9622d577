"""Events: the entries of a run's log, as they arrive over SSE."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from threadkeep.types.codec import decode
from threadkeep.types.delta import MessageDelta, RunStepDelta
from threadkeep.types.message import Message
from threadkeep.types.problem import Problem
from threadkeep.types.run import Run, RunRestart
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread

ThreadEventName: TypeAlias = Literal["thread.created"]
RunEventName: TypeAlias = Literal[
    "thread.run.created",
    "thread.run.queued",
    "thread.run.in_progress",
    "thread.run.requires_action",
    "thread.run.completed",
    "thread.run.incomplete",
    "thread.run.failed",
    "thread.run.cancelling",
    "thread.run.cancelled",
    "thread.run.expired",
]
RunRestartEventName: TypeAlias = Literal["thread.run.restarted"]
RunStepEventName: TypeAlias = Literal[
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.run.step.completed",
    "thread.run.step.failed",
    "thread.run.step.cancelled",
    "thread.run.step.expired",
]
RunStepDeltaEventName: TypeAlias = Literal["thread.run.step.delta"]
MessageEventName: TypeAlias = Literal[
    "thread.message.created",
    "thread.message.in_progress",
    "thread.message.completed",
    "thread.message.incomplete",
]
MessageDeltaEventName: TypeAlias = Literal["thread.message.delta"]
ErrorEventName: TypeAlias = Literal["error"]


class ThreadEvent(msgspec.Struct, frozen=True):
    """`thread.created`: the thread was made."""

    event: ThreadEventName
    data: Thread


class RunEvent(msgspec.Struct, frozen=True):
    """`thread.run.*`: the run has a new status."""

    event: RunEventName
    data: Run


class RunRestartEvent(msgspec.Struct, frozen=True):
    """`thread.run.restarted`: what was not completed before is void. Threadkeep's own, for those who ask."""

    event: RunRestartEventName
    data: RunRestart


class RunStepEvent(msgspec.Struct, frozen=True):
    """`thread.run.step.*` but `delta`: the run step has a new status."""

    event: RunStepEventName
    data: RunStep


class RunStepDeltaEvent(msgspec.Struct, frozen=True):
    """`thread.run.step.delta`: something is new in a run step."""

    event: RunStepDeltaEventName
    data: RunStepDelta


class MessageEvent(msgspec.Struct, frozen=True):
    """`thread.message.*` but `delta`: the message has a new status."""

    event: MessageEventName
    data: Message


class MessageDeltaEvent(msgspec.Struct, frozen=True):
    """`thread.message.delta`: something is new in a message."""

    event: MessageDeltaEventName
    data: MessageDelta


class ErrorEvent(msgspec.Struct, frozen=True):
    """`error`: the stream broke on the server's side."""

    event: ErrorEventName
    data: Problem


class UnknownEvent(msgspec.Struct, frozen=True):
    """An event that this version does not know, with its data as it came."""

    event: str
    data: Any


KnownEvent: TypeAlias = (
    ThreadEvent
    | RunEvent
    | RunRestartEvent
    | RunStepEvent
    | RunStepDeltaEvent
    | MessageEvent
    | MessageDeltaEvent
    | ErrorEvent
)
Event: TypeAlias = KnownEvent | UnknownEvent

THREAD_EVENTS: Final[tuple[str, ...]] = get_args(ThreadEventName)
RUN_EVENTS: Final[tuple[str, ...]] = get_args(RunEventName)
RUN_STEP_EVENTS: Final[tuple[str, ...]] = get_args(RunStepEventName)
MESSAGE_EVENTS: Final[tuple[str, ...]] = get_args(MessageEventName)

_VARIANTS: Final[dict[str, tuple[type[Any], type[Any]]]] = {
    **dict.fromkeys(THREAD_EVENTS, (ThreadEvent, Thread)),
    **dict.fromkeys(RUN_EVENTS, (RunEvent, Run)),
    **dict.fromkeys(RUN_STEP_EVENTS, (RunStepEvent, RunStep)),
    **dict.fromkeys(MESSAGE_EVENTS, (MessageEvent, Message)),
    "thread.run.restarted": (RunRestartEvent, RunRestart),
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
