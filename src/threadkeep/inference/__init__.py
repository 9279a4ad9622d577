"""Chat models: the contract. An implementation turns a request into a stream of chunks."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from threadkeep.types.model import Model
from threadkeep.types.response_format import ResponseFormat
from threadkeep.types.tool import FunctionDefinition, FunctionTool, ToolChoice
from threadkeep.types.usage import Usage

__all__ = [
    "ChatChunk",
    "ChatFunctionCall",
    "ChatMessage",
    "ChatModel",
    "ChatPart",
    "ChatRequest",
    "ChatToolCall",
    "FinishReason",
    "FunctionDefinition",
    "FunctionTool",
    "ToolCallChunk",
]

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter"]
ChatPart: TypeAlias = dict[str, Any]
"""A content part as `/chat/completions` takes it: `{"type": "text", "text": …}` or `{"type": "image_url", …}`."""


class ChatFunctionCall(msgspec.Struct, frozen=True, kw_only=True):
    """A function that the model called; `arguments` is JSON in a string."""

    name: str
    arguments: str


class ChatToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that the model made in an earlier turn."""

    id: str
    type: str = "function"
    function: ChatFunctionCall


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of what the model sees, in the form of `/chat/completions`."""

    role: str
    content: str | list[ChatPart] | None | msgspec.UnsetType = msgspec.UNSET
    tool_calls: list[ChatToolCall] | msgspec.UnsetType = msgspec.UNSET
    tool_call_id: str | msgspec.UnsetType = msgspec.UNSET


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is asked; None leaves the choice to the model."""

    model: str
    messages: list[ChatMessage]
    tools: list[FunctionTool] = []
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool = True
    response_format: ResponseFormat | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_completion_tokens: int | None = None
    reasoning_effort: str | None = None
    idempotency_key: str | None = None


class ToolCallChunk(msgspec.Struct, frozen=True, kw_only=True):
    """What is new in the tool call at `index`; `id` and `name` come once, with its first chunk."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


class ChatChunk(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is new in a reply. `finish_reason` and `usage` come at its end, in either order."""

    text: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCallChunk] = []
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


class ChatModel(Protocol):
    """Replies to requests."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[list[ChatChunk], None]:
        """The reply, as its chunks come: each list holds what arrived together, so that it can be sent on together.

        Ends after the last chunk. Raises `ChatModelError`; before the first chunk only after its own retries.
        Closing the generator ends the request.
        """
        ...

    def takes(self, model: str) -> bool:
        """Whether requests may name `model`; False only where it is certain that nobody would reply."""
        ...

    async def models(self) -> list[Model]:
        """The models that requests may name."""
        ...

    async def context_tokens(self, model: str) -> int | None:
        """How many tokens a request to `model` may have, if that is known."""
        ...
