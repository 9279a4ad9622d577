"""Run steps: the recorded parts of a run."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from threadkeep.types.resource import Resource
from threadkeep.types.run import LastError
from threadkeep.types.tool import RankingOptions
from threadkeep.types.unknown import Unknown
from threadkeep.types.usage import Usage


class FunctionCallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A function call and, once submitted, its output."""

    name: str
    arguments: str
    output: str | None = None


class FunctionToolCall(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """A call of a function of the caller's."""

    type: ClassVar[Literal["function"]] = "function"
    id: str
    function: FunctionCallRecord


class CodeInterpreterLogs(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="logs"):
    """What the code printed."""

    type: ClassVar[Literal["logs"]] = "logs"
    logs: str


class CodeInterpreterImageFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file of an image."""

    file_id: str


class CodeInterpreterImage(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="image"
):
    """An image that the code drew."""

    type: ClassVar[Literal["image"]] = "image"
    image: CodeInterpreterImageFile


CodeInterpreterOutput: TypeAlias = CodeInterpreterLogs | CodeInterpreterImage | Unknown


class CodeInterpreterCallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Code and what came of it."""

    input: str
    outputs: list[CodeInterpreterOutput] = []


class CodeInterpreterToolCall(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="code_interpreter"
):
    """A call of the code interpreter."""

    type: ClassVar[Literal["code_interpreter"]] = "code_interpreter"
    id: str
    code_interpreter: CodeInterpreterCallRecord


class FileSearchContent(msgspec.Struct, frozen=True, kw_only=True):
    """Text that was found, with the page and the headings that most of it stands under, where the file has them."""

    type: str = "text"
    text: str = ""
    page: int | msgspec.UnsetType = msgspec.UNSET
    heading: str | msgspec.UnsetType = msgspec.UNSET


class FileSearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was found; `score` is 0 to 1, `content` only where it was asked for."""

    file_id: str
    file_name: str = ""
    score: float = 0.0
    attributes: dict[str, Any] | None | msgspec.UnsetType = msgspec.UNSET
    content: list[FileSearchContent] | msgspec.UnsetType = msgspec.UNSET


class FileSearchCallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A search and its results.

    What the server keeps and does not travel: `queries`, what was searched for, and `number`, by which the model cites
    its results.
    """

    ranking_options: RankingOptions | None | msgspec.UnsetType = msgspec.UNSET
    results: list[FileSearchResult] | msgspec.UnsetType = msgspec.UNSET
    queries: list[str] | msgspec.UnsetType = msgspec.UNSET
    number: int | msgspec.UnsetType = msgspec.UNSET


class FileSearchToolCall(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file_search"
):
    """A call of file search."""

    type: ClassVar[Literal["file_search"]] = "file_search"
    id: str
    file_search: FileSearchCallRecord


ToolCall: TypeAlias = FunctionToolCall | CodeInterpreterToolCall | FileSearchToolCall | Unknown


class MessageCreation(msgspec.Struct, frozen=True, kw_only=True):
    """The message that a step made."""

    message_id: str


class MessageCreationDetails(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="message_creation"
):
    """Details of a step that makes a message."""

    type: ClassVar[Literal["message_creation"]] = "message_creation"
    message_creation: MessageCreation


class ToolCallsDetails(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="tool_calls"
):
    """Details of a step that calls tools; empty until the arguments are complete."""

    type: ClassVar[Literal["tool_calls"]] = "tool_calls"
    tool_calls: list[ToolCall] = []


StepDetails: TypeAlias = MessageCreationDetails | ToolCallsDetails | Unknown


class RunStep(Resource, frozen=True, kw_only=True):
    """One part of a run: a message, or the tool calls of one turn. Times are Unix seconds."""

    object: str = "thread.run.step"
    created_at: int = 0
    run_id: str = ""
    assistant_id: str = ""
    thread_id: str = ""
    type: str = "message_creation"
    status: str = "in_progress"
    cancelled_at: int | None = None
    completed_at: int | None = None
    expired_at: int | None = None
    expires_at: int | None = None
    failed_at: int | None = None
    last_error: LastError | None = None
    step_details: StepDetails
    usage: Usage | None = None
    metadata: dict[str, str] | None = None
