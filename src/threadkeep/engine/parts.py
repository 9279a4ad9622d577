"""How the parts of a run, its steps and messages, begin and end. Pure."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec

from threadkeep.types import ids
from threadkeep.types.ids import IdSource
from threadkeep.types.message import Message, MessageIncompleteDetails
from threadkeep.types.run import LastError, Run
from threadkeep.types.run_step import (
    FunctionToolCall,
    MessageCreation,
    MessageCreationDetails,
    RunStep,
    StepDetails,
    ToolCallsDetails,
)
from threadkeep.types.usage import Usage

Interruption: TypeAlias = Literal["failed", "cancelled", "expired"]
"""How a run may end before a part of it was finished."""

_INCOMPLETE_REASONS: Final = {
    "failed": "run_failed",
    "cancelled": "run_cancelled",
    "expired": "run_expired",
}


def new_message_step(run: Run, message_id: str, source: IdSource, now: int) -> RunStep:
    """A step that makes a message, in progress."""
    details = MessageCreationDetails(message_creation=MessageCreation(message_id=message_id))
    return _new_step(run, details, source, now)


def new_tool_calls_step(run: Run, source: IdSource, now: int) -> RunStep:
    """A step that calls tools, in progress; the calls are not known yet."""
    return _new_step(run, ToolCallsDetails(), source, now)


def _new_step(run: Run, details: StepDetails, source: IdSource, now: int) -> RunStep:
    return RunStep(
        id=source.make(ids.STEP),
        created_at=now,
        run_id=run.id,
        assistant_id=run.assistant_id,
        thread_id=run.thread_id,
        type=details.type,
        expires_at=run.expires_at,
        step_details=details,
    )


def new_answer(run: Run, source: IdSource, now: int) -> Message:
    """A message of the assistant's, in progress and empty."""
    return Message(
        id=source.make(ids.MESSAGE),
        created_at=now,
        assistant_id=run.assistant_id,
        thread_id=run.thread_id,
        run_id=run.id,
        status="in_progress",
        role="assistant",
    )


def completed_step(step: RunStep, now: int, usage: Usage) -> RunStep:
    """The step, completed."""
    return msgspec.structs.replace(
        step, status="completed", completed_at=now, expires_at=None, usage=usage
    )


def with_outputs(step: RunStep, outputs: dict[str, str]) -> RunStep:
    """A tool calls step with the outputs of its function calls, by call id, filled in."""
    if not isinstance(step.step_details, ToolCallsDetails):
        return step
    calls = [
        msgspec.structs.replace(
            call, function=msgspec.structs.replace(call.function, output=outputs.get(call.id))
        )
        if isinstance(call, FunctionToolCall)
        else call
        for call in step.step_details.tool_calls
    ]
    return msgspec.structs.replace(step, step_details=ToolCallsDetails(tool_calls=calls))


def interrupted_step(
    step: RunStep, how: Interruption, now: int, usage: Usage, error: LastError | None = None
) -> RunStep:
    """The step, ended before it was finished."""
    changes: dict[str, Any] = {f"{how}_at": now, "last_error": error, "usage": usage}
    return msgspec.structs.replace(step, status=how, expires_at=None, **changes)


def interrupted_message(message: Message, how: Interruption, now: int) -> Message:
    """The message, ended before it was finished; what it holds stays."""
    return cut_message(message, _INCOMPLETE_REASONS[how], now)


def cut_message(message: Message, reason: str, now: int) -> Message:
    """The message, incomplete for `reason`."""
    return msgspec.structs.replace(
        message,
        status="incomplete",
        incomplete_at=now,
        incomplete_details=MessageIncompleteDetails(reason=reason),
    )
