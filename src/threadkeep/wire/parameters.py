"""What callers may hand over where the API takes an object: our struct, or plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

from threadkeep.types.message import Attachment, ContentInput, MessageCreate
from threadkeep.types.response_format import ResponseFormat
from threadkeep.types.run import TruncationStrategy
from threadkeep.types.run_request import ToolOutput
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import NamedToolChoice, Tool
from threadkeep.types.tool_resources import ToolResources
from threadkeep.types.vector_store import ExpiresAfter, StaticChunkingStrategy

T = TypeVar("T")
Plain: TypeAlias = Mapping[str, Any]
Optional: TypeAlias = T | None | msgspec.UnsetType
"""`UNSET` is left out of the request, None is sent as null."""

MetadataParam: TypeAlias = Mapping[str, str]
MessageParam: TypeAlias = MessageCreate | Plain
ContentParam: TypeAlias = str | Iterable[ContentInput | Plain]
AttachmentParam: TypeAlias = Attachment | Plain
ToolParam: TypeAlias = Tool | Plain
ToolResourcesParam: TypeAlias = ToolResources | Plain
ToolChoiceParam: TypeAlias = Literal["none", "auto", "required"] | NamedToolChoice | Plain
ToolOutputParam: TypeAlias = ToolOutput | Plain
ThreadParam: TypeAlias = ThreadCreate | Plain
TruncationParam: TypeAlias = TruncationStrategy | Plain
ResponseFormatParam: TypeAlias = ResponseFormat | Plain
ChunkingStrategyParam: TypeAlias = StaticChunkingStrategy | Plain
ExpiresAfterParam: TypeAlias = ExpiresAfter | Plain
AttributesParam: TypeAlias = Mapping[str, str | float | bool]
