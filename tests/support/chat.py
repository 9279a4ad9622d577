"""Asking chat models, and reading what they reply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from threadkeep.inference import ChatChunk, ChatMessage, ChatModel, ChatRequest, FunctionTool
from threadkeep.types.tool import FunctionDefinition
from threadkeep.types.usage import Usage

WEATHER = FunctionTool(
    function=FunctionDefinition(
        name="get_weather",
        description="Get the current weather of a city.",
        parameters={
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    )
)
FILE_SEARCH = FunctionTool(
    function=FunctionDefinition(
        name="file_search",
        parameters={"type": "object", "properties": {"queries": {"type": "array"}}},
    )
)


def user(text: str) -> ChatMessage:
    return ChatMessage(role="user", content=text)


def asking(text: str = "Hello", **fields: Any) -> ChatRequest:
    return ChatRequest(**{"model": "gpt-4o", "messages": [user(text)], **fields})


async def replied(chat_model: ChatModel, request: ChatRequest | None = None) -> list[ChatChunk]:
    return [chunk async for chunks in chat_model.stream(request or asking()) for chunk in chunks]


def text_of(chunks: Iterable[ChatChunk]) -> str:
    return "".join(chunk.text or "" for chunk in chunks)


def calls_of(chunks: Iterable[ChatChunk]) -> list[tuple[str | None, str]]:
    """Names and arguments, put together from their parts."""
    calls: dict[int, tuple[str | None, str]] = {}
    for part in (part for chunk in chunks for part in chunk.tool_calls):
        name, arguments = calls.get(part.index, (part.name, ""))
        calls[part.index] = (name, arguments + part.arguments)
    return [call for _, call in sorted(calls.items())]


def usage_of(chunks: Iterable[ChatChunk]) -> Usage | None:
    """The last one that was told."""
    return next((chunk.usage for chunk in reversed(list(chunks)) if chunk.usage), None)
