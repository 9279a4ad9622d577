"""Calls of chat models, as operators see them."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from types import TracebackType
from typing import Literal, Self, TypeAlias

from threadkeep.errors import ChatModelError
from threadkeep.inference import ChatChunk, ChatModel, ChatRequest, FinishReason
from threadkeep.telemetry import Telemetry
from threadkeep.telemetry.genai import chat_attributes, chat_name, reply_attributes
from threadkeep.types.model import Model
from threadkeep.types.usage import Usage

Outcome: TypeAlias = Literal["completed", "failed", "stopped"]
"""Whether the whole reply came, the model failed, or nobody wanted the rest."""


class ObservedChatModel:
    """Replies as the chat model within does."""

    def __init__(self, chat_model: ChatModel, telemetry: Telemetry) -> None:
        self._chat_model = chat_model
        self._telemetry = telemetry

    async def stream(self, request: ChatRequest) -> AsyncGenerator[list[ChatChunk], None]:
        """The reply, as its chunks come."""
        with ObservedCall(self._telemetry, request) as call:
            async with aclosing(self._chat_model.stream(request)) as reply:
                async for chunks in reply:
                    call.see(chunks)
                    yield chunks
            call.outcome = "completed"

    def takes(self, model: str) -> bool:
        """Whether requests may name `model`."""
        return self._chat_model.takes(model)

    async def models(self) -> list[Model]:
        """The models that requests may name."""
        return await self._chat_model.models()

    async def context_tokens(self, model: str) -> int | None:
        """How many tokens a request to `model` may have, if that is known."""
        return await self._chat_model.context_tokens(model)


class ObservedCall:
    """One request to a chat model: within the block it sees the chunks of the reply, and is told if they are all."""

    __slots__ = (
        "_began_at",
        "_finish_reason",
        "_first_chunk_seconds",
        "_metrics",
        "_span",
        "_usage",
        "outcome",
    )

    def __init__(self, telemetry: Telemetry, request: ChatRequest) -> None:
        self.outcome: Outcome = "stopped"
        self._metrics = telemetry.metrics
        self._span = telemetry.tracing.begin(
            chat_name(request), chat_attributes(request), kind="client"
        )
        self._began_at = time.monotonic()
        self._first_chunk_seconds: float | None = None
        self._finish_reason: FinishReason | None = None
        self._usage: Usage | None = None

    def see(self, chunks: Iterable[ChatChunk]) -> None:
        """Note when the reply begins, and what is told at its end."""
        if self._first_chunk_seconds is None:
            self._first_chunk_seconds = time.monotonic() - self._began_at
        for chunk in chunks:
            self._finish_reason = chunk.finish_reason or self._finish_reason
            self._usage = chunk.usage or self._usage

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Count it and close its span."""
        if isinstance(error, ChatModelError):
            self.outcome = "failed"
            self._span.fail(type(error).__name__)
        self._span.set(
            reply_attributes(self._finish_reason, self._usage, self._first_chunk_seconds)
        )
        self._span.end()
        self._metrics.model_calls.add(self.outcome)
        if self._first_chunk_seconds is not None:
            self._metrics.first_chunk_seconds.observe(self._first_chunk_seconds)
        if self._usage is not None:
            self._metrics.model_tokens.add("input", by=self._usage.prompt_tokens)
            self._metrics.model_tokens.add("output", by=self._usage.completion_tokens)
