"""Deltas: what an event stream adds to a message or a run step that is being made.

Clients concatenate strings, add numbers and merge lists by `index` (contract §7.4), so a delta holds only what is new.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from threadkeep.types.message import FileCitation, FilePath
from threadkeep.types.unknown import Unknown


class FileCitationDelta(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file_citation"
):
    """A new citation on a text part."""

    type: ClassVar[Literal["file_citation"]] = "file_citation"
    index: int
    text: str | msgspec.UnsetType = msgspec.UNSET
    start_index: int | msgspec.UnsetType = msgspec.UNSET
    end_index: int | msgspec.UnsetType = msgspec.UNSET
    file_citation: FileCitation | msgspec.UnsetType = msgspec.UNSET


class FilePathDelta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file_path"):
    """A new link to a generated file on a text part."""

    type: ClassVar[Literal["file_path"]] = "file_path"
    index: int
    text: str | msgspec.UnsetType = msgspec.UNSET
    start_index: int | msgspec.UnsetType = msgspec.UNSET
    end_index: int | msgspec.UnsetType = msgspec.UNSET
    file_path: FilePath | msgspec.UnsetType = msgspec.UNSET


AnnotationDelta: TypeAlias = FileCitationDelta | FilePathDelta | Unknown


class TextDeltaValue(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """New text and new annotations."""

    value: str | msgspec.UnsetType = msgspec.UNSET
    annotations: list[AnnotationDelta] | None | msgspec.UnsetType = msgspec.UNSET


class TextDelta(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="type", tag="text"):
    """What is new in the text part at `index`."""

    type: ClassVar[Literal["text"]] = "text"
    index: int
    text: TextDeltaValue | msgspec.UnsetType = msgspec.UNSET


class RefusalDelta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="refusal"):
    """What is new in the refusal at `index`."""

    type: ClassVar[Literal["refusal"]] = "refusal"
    index: int
    refusal: str | msgspec.UnsetType = msgspec.UNSET


class ImageFileDelta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="image_file"):
    """The uploaded image at `index`."""

    type: ClassVar[Literal["image_file"]] = "image_file"
    index: int
    image_file: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class ImageURLDelta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="image_url"):
    """The image on the web at `index`."""

    type: ClassVar[Literal["image_url"]] = "image_url"
    index: int
    image_url: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


ContentDelta: TypeAlias = TextDelta | RefusalDelta | ImageFileDelta | ImageURLDelta | Unknown


class MessageDeltaContent(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The content parts that changed."""

    content: list[ContentDelta] = []
    role: str | msgspec.UnsetType = msgspec.UNSET


class MessageDelta(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is new in the message `id`."""

    id: str
    object: str = "thread.message.delta"
    delta: MessageDeltaContent


class FunctionDelta(msgspec.Struct, frozen=True, kw_only=True):
    """What is new in a function call."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    arguments: str | msgspec.UnsetType = msgspec.UNSET
    output: str | None | msgspec.UnsetType = msgspec.UNSET


class FunctionToolCallDelta(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function"
):
    """What is new in the function call at `index`; `id` comes once."""

    type: ClassVar[Literal["function"]] = "function"
    index: int
    id: str | msgspec.UnsetType = msgspec.UNSET
    function: FunctionDelta | msgspec.UnsetType = msgspec.UNSET


class CodeInterpreterLogsDelta(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="logs"
):
    """What the code printed since."""

    type: ClassVar[Literal["logs"]] = "logs"
    index: int
    logs: str | msgspec.UnsetType = msgspec.UNSET


class CodeInterpreterImageDelta(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="image"
):
    """An image that the code drew."""

    type: ClassVar[Literal["image"]] = "image"
    index: int
    image: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


CodeInterpreterOutputDelta: TypeAlias = (
    CodeInterpreterLogsDelta | CodeInterpreterImageDelta | Unknown
)


class CodeInterpreterDelta(msgspec.Struct, frozen=True, kw_only=True):
    """New code, new outputs."""

    input: str | msgspec.UnsetType = msgspec.UNSET
    outputs: list[CodeInterpreterOutputDelta] | msgspec.UnsetType = msgspec.UNSET


class CodeInterpreterToolCallDelta(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="code_interpreter"
):
    """What is new in the code interpreter call at `index`."""

    type: ClassVar[Literal["code_interpreter"]] = "code_interpreter"
    index: int
    id: str | msgspec.UnsetType = msgspec.UNSET
    code_interpreter: CodeInterpreterDelta | msgspec.UnsetType = msgspec.UNSET


class FileSearchToolCallDelta(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file_search"
):
    """The file search call at `index`."""

    type: ClassVar[Literal["file_search"]] = "file_search"
    index: int
    id: str | msgspec.UnsetType = msgspec.UNSET
    file_search: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


ToolCallDelta: TypeAlias = (
    FunctionToolCallDelta | CodeInterpreterToolCallDelta | FileSearchToolCallDelta | Unknown
)


class MessageCreationDelta(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="message_creation"
):
    """The message that a step makes."""

    type: ClassVar[Literal["message_creation"]] = "message_creation"
    message_creation: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class ToolCallsDelta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="tool_calls"):
    """The tool calls that changed."""

    type: ClassVar[Literal["tool_calls"]] = "tool_calls"
    tool_calls: list[ToolCallDelta] = []


class RunStepDeltaDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in a step's details."""

    step_details: MessageCreationDelta | ToolCallsDelta | Unknown


class RunStepDelta(msgspec.Struct, frozen=True, kw_only=True):
    """What is new in the run step `id`."""

    id: str
    object: str = "thread.run.step.delta"
    delta: RunStepDeltaDetails
