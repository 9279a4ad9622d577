"""Objects of the API in the words that commands show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from threadkeep.types.message import ImageFilePart, ImageURLPart, Message, RefusalPart, TextPart
from threadkeep.types.run import Run
from threadkeep.types.run_step import (
    FunctionToolCall,
    MessageCreationDetails,
    RunStep,
    ToolCall,
    ToolCallsDetails,
)
from threadkeep.types.tool import FunctionTool, Tool
from threadkeep.types.unknown import Unknown
from threadkeep.types.vector_store import FileCounts


def time(seconds: int | None) -> str:
    """A time of the API, in the zone of this machine."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def metadata(pairs: Mapping[str, str]) -> str:
    """Metadata on one line."""
    return ", ".join(f"{name}={value}" for name, value in pairs.items())


def tool_names(tools: Iterable[Tool]) -> str:
    """Tools by what they are called."""
    return ", ".join(tool_name(tool) for tool in tools)


def tool_name(tool: Tool) -> str:
    """A function by its name, another tool by its type."""
    match tool:
        case FunctionTool():
            return tool.function.name
        case Unknown():
            return str(tool.value.get("type"))
        case _:
            return tool.type


def said(message: Message) -> str:
    """What a message says, images and the like by a word for them."""
    return "\n".join(map(part_text, message.content))


def part_text(part: object) -> str:
    """A content part as text."""
    match part:
        case TextPart():
            return part.text.value
        case RefusalPart():
            return part.refusal
        case ImageFilePart():
            return f"[image {part.image_file.file_id}]"
        case ImageURLPart():
            return f"[image {part.image_url.url}]"
        case Unknown():
            return f"[{part.value.get('type')}]"
        case _:
            return ""


def outcome(run: Run) -> str:
    """What became of the run, beyond its status."""
    if run.last_error:
        return f"{run.last_error.code}: {run.last_error.message}"
    if run.incomplete_details:
        return run.incomplete_details.reason
    if run.required_action:
        calls = run.required_action.submit_tool_outputs.tool_calls
        return "waits for " + ", ".join(call.function.name for call in calls)
    return ""


def contents(step: RunStep) -> str:
    """What a step did."""
    match step.step_details:
        case MessageCreationDetails():
            return step.step_details.message_creation.message_id
        case ToolCallsDetails():
            return ", ".join(map(tool_call_text, step.step_details.tool_calls))
        case Unknown():
            return step.type


def tool_call_text(call: ToolCall) -> str:
    """A tool call on one line."""
    match call:
        case FunctionToolCall():
            function = call.function
            answer = "" if function.output is None else f" = {function.output}"
            return f"{function.name}({function.arguments}){answer}"
        case Unknown():
            return str(call.value.get("type"))
        case _:
            return call.type


def file_counts(counts: FileCounts) -> str:
    """How many files are in which status; of no status with none."""
    statuses = ("completed", "failed", "cancelled", "in_progress")
    numbers = ((getattr(counts, status), status.replace("_", " ")) for status in statuses)
    said = ", ".join(f"{number} {status}" for number, status in numbers if number)
    return said or "no files"
