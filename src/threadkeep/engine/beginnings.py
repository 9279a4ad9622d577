"""Beginnings: how runs, messages and steps looked when they began, and the one delta from there to now. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from threadkeep.types.delta import (
    AnnotationDelta,
    ContentDelta,
    FileCitationDelta,
    FilePathDelta,
    FileSearchToolCallDelta,
    FunctionDelta,
    FunctionToolCallDelta,
    ImageFileDelta,
    MessageDelta,
    MessageDeltaContent,
    RefusalDelta,
    RunStepDelta,
    RunStepDeltaDetails,
    TextDelta,
    TextDeltaValue,
    ToolCallDelta,
    ToolCallsDelta,
)
from threadkeep.types.message import (
    Annotation,
    ContentPart,
    FileCitationAnnotation,
    FilePathAnnotation,
    ImageFilePart,
    Message,
    RefusalPart,
    TextPart,
)
from threadkeep.types.run import Run, RunStatus
from threadkeep.types.run_step import (
    FileSearchToolCall,
    FunctionToolCall,
    RunStep,
    ToolCall,
    ToolCallsDetails,
)


def run_when(run: Run, status: RunStatus, **changes: object) -> Run:
    """The run when it had this status, before it ended; what was not known by then is not there."""
    ends = dict.fromkeys(
        ("cancelled_at", "completed_at", "failed_at", "incomplete_details", "last_error", "usage")
    )
    return msgspec.structs.replace(
        run, status=status, **{**ends, "required_action": None, **changes}
    )


def begun_message(message: Message) -> Message:
    """The message, in progress and empty."""
    return msgspec.structs.replace(
        message,
        status="in_progress",
        content=[],
        completed_at=None,
        incomplete_at=None,
        incomplete_details=None,
    )


def begun_step(step: RunStep) -> RunStep:
    """The step, in progress; no call is known yet."""
    details = step.step_details
    return msgspec.structs.replace(
        step,
        status="in_progress",
        step_details=ToolCallsDetails() if isinstance(details, ToolCallsDetails) else details,
        cancelled_at=None,
        completed_at=None,
        expired_at=None,
        failed_at=None,
        last_error=None,
        usage=None,
    )


def message_delta(message: Message) -> MessageDelta | None:
    """All that the message holds as one delta, if it holds anything."""
    parts = [
        delta
        for index, part in enumerate(message.content)
        if (delta := _content_delta(index, part)) is not None
    ]
    return MessageDelta(id=message.id, delta=MessageDeltaContent(content=parts)) if parts else None


def step_delta(step: RunStep) -> RunStepDelta | None:
    """All calls of the step as one delta, without what came of them, if it has any."""
    details = step.step_details
    calls = details.tool_calls if isinstance(details, ToolCallsDetails) else []
    deltas = [
        delta for index, call in enumerate(calls) if (delta := _call_delta(index, call)) is not None
    ]
    if not deltas:
        return None
    changed = RunStepDeltaDetails(step_details=ToolCallsDelta(tool_calls=deltas))
    return RunStepDelta(id=step.id, delta=changed)


def _content_delta(index: int, part: ContentPart) -> ContentDelta | None:
    match part:
        case TextPart(text=text):
            value = TextDeltaValue(value=text.value, annotations=_annotations(text.annotations))
            return TextDelta(index=index, text=value)
        case RefusalPart(refusal=refusal):
            return RefusalDelta(index=index, refusal=refusal)
        case ImageFilePart(image_file=image_file):
            return ImageFileDelta(index=index, image_file=msgspec.structs.asdict(image_file))
        case _:
            return None


def _annotations(annotations: Sequence[Annotation]) -> list[AnnotationDelta]:
    deltas: list[AnnotationDelta] = []
    for index, annotation in enumerate(annotations):
        match annotation:
            case FileCitationAnnotation():
                deltas.append(FileCitationDelta(index=index, **msgspec.structs.asdict(annotation)))
            case FilePathAnnotation():
                deltas.append(FilePathDelta(index=index, **msgspec.structs.asdict(annotation)))
            case _:
                pass
    return deltas


def _call_delta(index: int, call: ToolCall) -> ToolCallDelta | None:
    match call:
        case FunctionToolCall(function=function):
            told = FunctionDelta(name=function.name, arguments=function.arguments, output=None)
            return FunctionToolCallDelta(index=index, id=call.id, function=told)
        case FileSearchToolCall(file_search=search):
            options = search.ranking_options
            opened = {} if options is msgspec.UNSET else {"ranking_options": options}
            return FileSearchToolCallDelta(
                index=index, id=call.id, file_search={**opened, "results": []}
            )
        case _:
            return None
