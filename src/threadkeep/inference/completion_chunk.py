"""The reply of `/chat/completions` as it comes: bytes in, `ChatChunk`s out. Fed, never reading; the hot path.

Servers differ, so this takes more than the specification promises: null or missing fields, fields
nobody asked for, calls without index or id, several calls under one index, a whole message instead
of deltas, no `[DONE]`. What cannot be made sense of is a `MalformedReplyError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from threadkeep.inference import ChatChunk, FinishReason, ToolCallChunk
from threadkeep.types.usage import CompletionTokensDetails, PromptTokenDetails, Usage
from threadkeep.wire.sse import SSEParser


class MalformedReplyError(Exception):
    """The server sent something that is no reply of a chat model, or stopped in the middle of one."""


class ReportedError(Exception):
    """The server put an error where a chunk was expected; `body` is what it says."""

    def __init__(self, body: object) -> None:
        super().__init__(body)
        self.body = body


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _ToolCall(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Part(msgspec.Struct):
    type: str | None = None
    text: str | None = None


class _Delta(msgspec.Struct, gc=False):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Completion(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


_DONE: Final = b"[DONE]"
_FINISH_REASONS: Final[dict[str, FinishReason]] = {
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
"""Reasons of other names are the model's own way to say that it is done."""


class ReplyReader:
    """Reads one reply. `is_done` once the server said that nothing follows."""

    __slots__ = (
        "_calls",
        "_failure",
        "_has_finished",
        "_parser",
        "characters",
        "is_done",
        "usage_known",
    )

    def __init__(self) -> None:
        self.is_done = False
        self.usage_known = False
        self.characters = 0
        """How much the model has written, for when the server does not count tokens."""
        self._parser = SSEParser()
        self._calls = _Calls()
        self._has_finished = False
        self._failure: MalformedReplyError | ReportedError | None = None

    def feed(self, data: bytes) -> list[ChatChunk]:
        """What is new in these bytes of the event stream. What is wrong behind it is for `check` to raise."""
        chunks: list[ChatChunk] = []
        try:
            for event in self._parser.feed(data):
                self._take(event.data, chunks)
        except (MalformedReplyError, ReportedError) as error:
            if not chunks:
                raise
            self._failure = error
        return chunks

    def check(self) -> None:
        """Raise what came behind the last chunks, if that was wrong."""
        if self._failure is not None:
            raise self._failure

    def feed_whole(self, body: bytes) -> list[ChatChunk]:
        """The reply of a server that does not stream, from its one JSON object."""
        chunks: list[ChatChunk] = []
        self._take(body, chunks)
        self.is_done = True
        return chunks

    def finish(self) -> list[ChatChunk]:
        """What was held back until the end of the body. Raises if that end came too early."""
        chunks: list[ChatChunk] = []
        for event in self._parser.finish(keep_incomplete=True):
            self._take(event.data, chunks)
        if not (self.is_done or self._has_finished):
            raise MalformedReplyError("it stopped in the middle of its reply")
        last = self._calls.finish()
        if last:
            chunks.append(ChatChunk(tool_calls=last))
        return chunks

    def _take(self, data: bytes, chunks: list[ChatChunk]) -> None:
        if data == _DONE:
            self.is_done = True
            return
        try:
            completion = _decoder.decode(data)
        except msgspec.DecodeError as error:
            message = f"it sent what is no reply of a chat model ({error})"
            raise MalformedReplyError(message) from error
        if completion.error:
            raise ReportedError(completion.error)
        usage = _usage(completion.usage) if completion.usage else None
        chunk = self._chunk(completion.choices[0], usage) if completion.choices else None
        if chunk is not None:
            chunks.append(chunk)
        elif usage is not None:
            chunks.append(ChatChunk(usage=usage))
        self.usage_known = self.usage_known or usage is not None

    def _added(self, deltas: Sequence[_ToolCall]) -> list[ToolCallChunk]:
        """What these deltas add to the calls."""
        parts = [part for delta in deltas for part in self._calls.add(delta)]
        self.characters += sum(len(part.arguments) for part in parts)
        return parts

    def _chunk(self, choice: _Choice, usage: Usage | None) -> ChatChunk | None:
        """What the choice adds; None if that is nothing, as when it only names the role."""
        finish_reason = choice.finish_reason
        if finish_reason:
            self._has_finished = True
            finish_reason = _FINISH_REASONS.get(finish_reason, "stop")
        delta = choice.delta or choice.message or _NOTHING
        text = delta.content if isinstance(delta.content, str) else _text(delta.content)
        calls = self._added(delta.tool_calls) if delta.tool_calls else []
        if not (text or delta.refusal or calls or finish_reason or usage):
            return None
        self.characters += len(text or "")
        return ChatChunk(
            text=text or None,
            refusal=delta.refusal or None,
            tool_calls=calls,
            finish_reason=finish_reason or None,
            usage=usage,
        )


class _Call:
    """A call that grows. It is told from the moment on when its name is known."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.id: str | None = None
        self.is_told = False
        self.has_arguments = False
        self.held_back = ""


class _Calls:
    """Tells which call a delta belongs to, whatever the server gives to tell it by."""

    __slots__ = ("_by_index", "_calls")

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    def add(self, delta: _ToolCall) -> list[ToolCallChunk]:
        """What the delta adds to its call; nothing while the call has no name."""
        function = delta.function or _NO_FUNCTION
        call = self._find(delta, function.name) or self._open(delta)
        call.id = call.id or delta.id
        arguments = _arguments(function.arguments)
        call.has_arguments = call.has_arguments or bool(arguments)
        if call.is_told:
            return [ToolCallChunk(index=call.index, arguments=arguments)] if arguments else []
        if not function.name:
            call.held_back += arguments
            return []
        call.is_told = True
        told = call.held_back + arguments
        return [ToolCallChunk(index=call.index, id=call.id, name=function.name, arguments=told)]

    def finish(self) -> list[ToolCallChunk]:
        """Empty objects for calls that got no arguments, since callers parse them as JSON."""
        if not all(call.is_told for call in self._calls):
            raise MalformedReplyError("it called a function without naming it")
        bare = [call for call in self._calls if not call.has_arguments]
        return [ToolCallChunk(index=call.index, arguments="{}") for call in bare]

    def _find(self, delta: _ToolCall, name: str | None) -> _Call | None:
        latest = self._calls[-1] if self._calls else None
        call = latest if delta.index is None else self._by_index.get(delta.index)
        if call is None:
            return None
        is_another = bool(delta.id and call.id and delta.id != call.id)
        # Without index and id, a name is all that marks the beginning of the next call.
        is_next = delta.index is None and not delta.id and bool(name) and call.is_told
        return None if is_another or is_next else call

    def _open(self, delta: _ToolCall) -> _Call:
        call = _Call(len(self._calls))
        self._calls.append(call)
        if delta.index is not None:
            self._by_index[delta.index] = call
        return call


_NOTHING: Final = _Delta()
_NO_FUNCTION: Final = _Function()
_decoder: Final = msgspec.json.Decoder(_Completion)


def _text(parts: list[_Part] | None) -> str:
    """The text among content parts; others are the model's thoughts."""
    return "".join(part.text or "" for part in parts or () if part.type == "text")


def _arguments(arguments: str | dict[str, Any] | None) -> str:
    if isinstance(arguments, dict):
        return msgspec.json.encode(arguments).decode()
    return arguments or ""


def _usage(usage: _Usage) -> Usage:
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    cached = usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens
    reasoning = usage.completion_tokens_details and usage.completion_tokens_details.reasoning_tokens
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_token_details=PromptTokenDetails(cached_tokens=cached or 0),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=reasoning or 0),
    )
