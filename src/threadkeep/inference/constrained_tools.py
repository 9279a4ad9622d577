"""Tools for models that cannot call them: the model is held to JSON in which it decides, and then answers freely."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import msgspec

from threadkeep.errors import ChatModelRequestError, ChatModelUnavailableError
from threadkeep.inference import (
    ChatChunk,
    ChatModel,
    ChatRequest,
    FinishReason,
    ToolCallChunk,
)
from threadkeep.inference.decision import (
    DECISION_TOKENS,
    Call,
    Offer,
    answer_request,
    decided,
    decision_request,
    offer_of,
)
from threadkeep.types.model import Model
from threadkeep.types.usage import Usage

_PROTOCOL_TOKENS: Final = 256
"""What the protocol adds to a prompt, roughly."""


class ConstrainedTools:
    """Gives tools to a chat model through `response_format`, which llama.cpp, vLLM, Ollama and others enforce.

    One call at a time; nothing of the decision is streamed, the answer is.
    """

    def __init__(self, chat_model: ChatModel) -> None:
        self._chat_model = chat_model

    async def stream(self, request: ChatRequest) -> AsyncGenerator[list[ChatChunk], None]:
        """A call, or else the answer as it comes. Raises `ChatModelError`."""
        offer, spent = offer_of(request), Usage()
        if offer.functions:
            reply = await self._decision(request, offer)
            call, spent = decided(reply.text, offer), reply.usage
            if call is not None:
                yield _call_chunks(call, spent)
                return
            if _is_out_of_tokens(reply, request):
                yield [ChatChunk(finish_reason="length", usage=spent)]
                return
            if not offer.may_answer:
                raise ChatModelUnavailableError(
                    "The model had to call a function, but wrote no call. Does its server enforce"
                    " `response_format` with a JSON schema?"
                )
        async with aclosing(self._chat_model.stream(answer_request(request))) as answer:
            async for chunks in answer:
                yield [_with_usage(chunk, spent) for chunk in chunks]

    def takes(self, model: str) -> bool:
        """As the model within."""
        return self._chat_model.takes(model)

    async def models(self) -> list[Model]:
        """Those of the model within."""
        return await self._chat_model.models()

    async def context_tokens(self, model: str) -> int | None:
        """What the model within takes, less what the protocol needs."""
        tokens = await self._chat_model.context_tokens(model)
        return None if tokens is None else max(1, tokens - _PROTOCOL_TOKENS)

    async def _decision(self, request: ChatRequest, offer: Offer) -> _Reply:
        try:
            return await self._whole_reply(decision_request(request, offer))
        except ChatModelRequestError:
            # Schemas of callers may hold what a server cannot turn into a grammar.
            return await self._whole_reply(decision_request(request, offer, is_loose=True))

    async def _whole_reply(self, request: ChatRequest) -> _Reply:
        texts: list[str] = []
        usage, finish_reason = Usage(), None
        async with aclosing(self._chat_model.stream(request)) as reply:
            async for chunks in reply:
                for chunk in chunks:
                    texts.append(chunk.text or "")
                    usage = chunk.usage or usage
                    finish_reason = chunk.finish_reason or finish_reason
        return _Reply("".join(texts), usage, finish_reason)


class _Reply(msgspec.Struct, frozen=True):
    text: str
    usage: Usage
    finish_reason: FinishReason | None


def _call_chunks(call: Call, usage: Usage) -> list[ChatChunk]:
    part = ToolCallChunk(index=0, name=call.name, arguments=call.arguments)
    return [ChatChunk(tool_calls=[part]), ChatChunk(finish_reason="tool_calls", usage=usage)]


def _is_out_of_tokens(reply: _Reply, request: ChatRequest) -> bool:
    """Whether the caller's own budget ended the decision, and not ours."""
    limit = request.max_completion_tokens
    return reply.finish_reason == "length" and limit is not None and limit <= DECISION_TOKENS


def _with_usage(chunk: ChatChunk, spent: Usage) -> ChatChunk:
    if chunk.usage is None:
        return chunk
    return msgspec.structs.replace(chunk, usage=chunk.usage + spent)
