"""File search for models that do not know when to search: what the user says is searched for before they are asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from itertools import islice, takewhile
from typing import Final, cast

import msgspec

from threadkeep.inference import (
    ChatChunk,
    ChatMessage,
    ChatModel,
    ChatRequest,
    FunctionTool,
    ToolCallChunk,
)
from threadkeep.inference.tool_history import NOW_ANSWER, in_plain_text
from threadkeep.types.model import Model
from threadkeep.types.tool import NamedToolChoice
from threadkeep.types.usage import Usage

_FILE_SEARCH: Final = "file_search"
_FEW_WORDS: Final = 8
"""A message of so few words may go on with the one before it: "And how much is it?"."""
_LONGEST_QUERY: Final = 1000
"""In characters. Who pastes a long text asks before it or after it."""


class SearchFirst:
    """Calls `file_search` in the model's place, once for each answer; the model itself is not told of it.

    A model that has no other tools is told what was found in plain text, so that it needs to know none.
    """

    def __init__(self, chat_model: ChatModel) -> None:
        self._chat_model = chat_model

    async def stream(self, request: ChatRequest) -> AsyncGenerator[list[ChatChunk], None]:
        """The search if it is due, else the reply of the model within. Raises `ChatModelError`."""
        queries = due_queries(request)
        if queries:
            yield _search_chunks(queries)
            return
        async with aclosing(self._chat_model.stream(without_search(request))) as reply:
            async for chunks in reply:
                yield chunks

    def takes(self, model: str) -> bool:
        """As the model within."""
        return self._chat_model.takes(model)

    async def models(self) -> list[Model]:
        """Those of the model within."""
        return await self._chat_model.models()

    async def context_tokens(self, model: str) -> int | None:
        """As the model within."""
        return await self._chat_model.context_tokens(model)


def due_queries(request: ChatRequest) -> list[str]:
    """What has to be searched for now; nothing if that was done, or the run says otherwise."""
    is_wanted = any(map(_is_search, request.tools)) and _leaves_room(request)
    if not is_wanted or _has_searched(request.messages):
        return []
    said = list(islice(_said_last(request.messages), 2))
    if not said:
        return []
    last, before = said[0], said[1:]
    together = [f"{before[0]} {last}"] if before and len(last.split()) <= _FEW_WORDS else []
    return [query for text in (last, *together) for query in _ends(text)]


def without_search(request: ChatRequest) -> ChatRequest:
    """The request for a model that has nothing to do with the search any more."""
    tools = [tool for tool in request.tools if not _is_search(tool)]
    if len(tools) == len(request.tools):
        return request
    return msgspec.structs.replace(
        request,
        tools=tools,
        tool_choice=request.tool_choice if tools and not _is_forced(request) else "auto",
        messages=request.messages if tools else _told_plainly(request.messages),
    )


def _told_plainly(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """With the question again after what was found: small models answer what they read last."""
    question = next(_said_last(messages), "")
    is_short = 0 < len(question) <= _LONGEST_QUERY
    return in_plain_text(messages, f"Now answer this: {question}" if is_short else NOW_ANSWER)


def _is_search(tool: FunctionTool) -> bool:
    """Whether it is the server's own; a function of the caller's may bear the same name."""
    parameters = tool.function.parameters or {}
    return tool.function.name == _FILE_SEARCH and "queries" in parameters.get("properties", ())


def _leaves_room(request: ChatRequest) -> bool:
    """Whether the run leaves it to the model what it calls now, or has it search."""
    choice = request.tool_choice
    return _is_forced(request) or choice in ("auto", "required")


def _is_forced(request: ChatRequest) -> bool:
    choice = request.tool_choice
    function = choice.function if isinstance(choice, NamedToolChoice) else None
    return function is not None and function.name == _FILE_SEARCH


def _has_searched(messages: Sequence[ChatMessage]) -> bool:
    """Whether a search is among the calls at the end, which no answer has followed yet."""
    recent = takewhile(lambda each: each.role == "tool" or each.tool_calls, reversed(messages))
    calls = (call for message in recent for call in message.tool_calls or ())
    return any(call.function.name == _FILE_SEARCH for call in calls)


def _said_last(messages: Sequence[ChatMessage]) -> Iterator[str]:
    """What the user said, the last first."""
    texts = (_text(message) for message in reversed(messages) if message.role == "user")
    return (text for text in texts if text)


def _text(message: ChatMessage) -> str:
    content = message.content or ""
    if isinstance(content, str):
        return content.strip()
    texts = (cast("str", part.get("text", "")) for part in content)
    return "\n".join(text for text in texts if text).strip()


def _ends(text: str) -> list[str]:
    if len(text) <= _LONGEST_QUERY:
        return [text]
    return [text[:_LONGEST_QUERY], text[-_LONGEST_QUERY:]]


def _search_chunks(queries: list[str]) -> list[ChatChunk]:
    arguments = msgspec.json.encode({"queries": queries}).decode()
    call = ToolCallChunk(index=0, name=_FILE_SEARCH, arguments=arguments)
    return [ChatChunk(tool_calls=[call]), ChatChunk(finish_reason="tool_calls", usage=Usage())]
