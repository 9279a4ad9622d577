"""What is sent to `/chat/completions`, and how it is put for servers that do not know all of it. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from threadkeep.inference import ChatMessage, ChatRequest
from threadkeep.types.codec import encode
from threadkeep.types.response_format import ResponseFormat, ResponseFormatText
from threadkeep.types.tool import FunctionTool, NamedToolChoice, ToolChoice

__all__ = ["Dialect", "adapted", "completion_request"]

TokenLimitField = Literal["max_tokens", "max_completion_tokens"]


class Dialect(msgspec.Struct, frozen=True):
    """How a model wants to be asked. The first one is understood by nearly all, or refused in words."""

    token_limit: TokenLimitField = "max_tokens"  # noqa: S105 - the name of a field
    asks_for_usage: bool = True


class _StreamOptions(msgspec.Struct, frozen=True):
    include_usage: bool = True


class _Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    model: str
    messages: list[ChatMessage]
    tools: list[FunctionTool] = []
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool = True
    response_format: ResponseFormat | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    reasoning_effort: str | None = None
    stream: bool = False
    stream_options: _StreamOptions | None = None


def completion_request(request: ChatRequest, dialect: Dialect) -> bytes:
    """The body of the request. What is at the model's default is left out, so that few servers mind."""
    limit = request.max_completion_tokens
    is_old = dialect.token_limit == "max_tokens"  # noqa: S105 - the name of a field
    body = _Body(
        model=request.model,
        messages=request.messages,
        tools=request.tools,
        tool_choice=_tool_choice(request),
        parallel_tool_calls=request.parallel_tool_calls or not request.tools,
        response_format=_response_format(request.response_format),
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=limit if is_old else None,
        max_completion_tokens=None if is_old else limit,
        reasoning_effort=request.reasoning_effort,
        stream=True,
        stream_options=_StreamOptions() if dialect.asks_for_usage else None,
    )
    return encode(body)


def adapted(dialect: Dialect, complaint: str) -> Dialect | None:
    """A dialect that avoids what the server complains about, if there is one."""
    if dialect.asks_for_usage and ("stream_options" in complaint or "include_usage" in complaint):
        return msgspec.structs.replace(dialect, asks_for_usage=False)
    if "max_completion_tokens" in complaint and dialect.token_limit == "max_tokens":  # noqa: S105
        return msgspec.structs.replace(dialect, token_limit="max_completion_tokens")  # noqa: S106
    return None


def _tool_choice(request: ChatRequest) -> ToolChoice:
    choice = request.tool_choice
    is_function = not isinstance(choice, NamedToolChoice) or bool(choice.function)
    return choice if request.tools and is_function else "auto"


def _response_format(response_format: ResponseFormat | None) -> ResponseFormat | None:
    is_text = isinstance(response_format, str | ResponseFormatText)
    return None if is_text else response_format
