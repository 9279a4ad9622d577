"""A chat model behind any server that speaks `/chat/completions`: the hosted ones, Ollama, vLLM, llama.cpp."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final

from threadkeep.errors import APIConnectionError, APITimeoutError, ChatModelError
from threadkeep.inference import ChatChunk, ChatRequest
from threadkeep.inference.completion_chunk import MalformedReplyError, ReportedError
from threadkeep.inference.completion_request import Dialect, adapted, completion_request
from threadkeep.inference.failure import UpstreamErrors, complaint_of, is_out_of_quota
from threadkeep.inference.model_listing import listed_models
from threadkeep.inference.reply import Reply
from threadkeep.settings import UpstreamSettings
from threadkeep.transport import AsyncStreamedResponse, AsyncTransport, Request, Timeout
from threadkeep.types.clock import Clock, SystemClock
from threadkeep.types.model import Model
from threadkeep.wire.retry import asked_delay, is_retried, retry_delay

_SHORTEST_SECRET: Final = 8
_LISTING_SECONDS: Final = 5.0
_NO_ANSWER: Final[Mapping[str, str]] = {}
_DIALECT_STATUSES: Final = (400, 422)


class _FailedAttempt(Exception):
    """An attempt gave no chunk. `retry_headers` are those to wait by; None if no other try will help."""

    def __init__(
        self, error: ChatModelError, retry_headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_headers = retry_headers


class _OtherDialect(Exception):
    """The server wants to be asked in another way."""


class OpenAICompatibleModel:
    """Streams replies from the upstream `name`.

    What fails before the first chunk is tried again, when and as often as server and settings allow.
    """

    def __init__(
        self,
        name: str,
        settings: UpstreamSettings,
        transport: AsyncTransport,
        *,
        api_key: str | None = None,
        clock: Clock | None = None,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._url = settings.url.rstrip("/")
        self._transport = transport
        self._clock = clock or SystemClock()
        self._pause = pause
        authorization = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._headers = {**authorization, **{k.lower(): v for k, v in settings.headers.items()}}
        values = (api_key or "", *settings.headers.values())
        secrets = tuple(value for value in values if len(value) >= _SHORTEST_SECRET)
        self._errors = UpstreamErrors(name, secrets)
        self._dialects: dict[str, Dialect] = {}
        self._context_tokens: dict[str, int] = {}
        self._timeout = Timeout(
            connect=settings.connect_timeout_seconds, read=settings.read_timeout_seconds
        )

    async def stream(self, request: ChatRequest) -> AsyncGenerator[list[ChatChunk]]:
        """The reply, as its chunks come. Raises `ChatModelError`."""
        async with AsyncExitStack() as connection:
            reply = await self._begun(request, connection)
            try:
                yield reply.first
                while not reply.is_done and (data := await reply.more()):
                    if chunks := reply.feed(data):
                        yield chunks
                if rest := await reply.rest():
                    yield rest
            except APIConnectionError as error:
                raise self._errors.of_break(error) from error
            except (MalformedReplyError, ReportedError) as error:
                raise self._unusable(error) from error

    def takes(self, model: str) -> bool:  # noqa: ARG002 - servers know more names than they list
        """Any name: only the server itself knows."""
        return True

    async def models(self) -> list[Model]:
        """The models that the server lists."""
        timeout = Timeout(connect=self._timeout.connect, read=None, total=_LISTING_SECONDS)
        request = Request("GET", f"{self._url}/models", self._headers, timeout=timeout)
        try:
            response = await self._transport.send(request)
        except APIConnectionError as error:
            raise self._errors.of_connection(error) from error
        if response.status != 200:
            raise self._errors.of_status(response.status, complaint_of(response.body))
        try:
            listed = listed_models(response.body)
        except MalformedReplyError as error:
            raise self._errors.of_nonsense(str(error)) from error
        self._context_tokens |= {m.model.id: m.context_tokens for m in listed if m.context_tokens}
        return [entry.model for entry in listed]

    async def context_tokens(self, model: str) -> int | None:
        """What the settings say, else what the server said when it last listed its models."""
        return self._settings.context_tokens or self._context_tokens.get(model)

    async def _begun(self, request: ChatRequest, connection: AsyncExitStack) -> Reply:
        """A reply whose first chunks are there, after as many tries as that takes. Raises `ChatModelError`."""
        retries = 0
        while True:
            try:
                return await self._attempt(request, connection)
            except _OtherDialect:
                await connection.aclose()
            except _FailedAttempt as failed:
                await connection.aclose()
                delay = self._delay(failed.retry_headers, retries)
                if delay is None:
                    raise failed.error from failed.__cause__
                await self._pause(delay)
                retries += 1

    async def _attempt(self, request: ChatRequest, connection: AsyncExitStack) -> Reply:
        """One try; what it opened is left with `connection`. Raises `_FailedAttempt` or `_OtherDialect`."""
        dialect = self._dialects.get(request.model) or Dialect()
        sent = self._request(request, dialect)
        try:
            response = await connection.enter_async_context(self._transport.stream(sent))
            if response.status != 200:
                await self._refused(response, request.model, dialect)
            reply = Reply(sent, response)
            await reply.begin()
            return reply
        except APIConnectionError as error:
            # A server that was silent for the whole time limit has had its chance.
            headers = None if isinstance(error, APITimeoutError) else _NO_ANSWER
            raise _FailedAttempt(self._errors.of_connection(error), headers) from error
        except (MalformedReplyError, ReportedError) as error:
            raise _FailedAttempt(self._unusable(error)) from error

    def _request(self, request: ChatRequest, dialect: Dialect) -> Request:
        headers = {"content-type": "application/json", "accept": "text/event-stream"}
        if request.idempotency_key:
            headers["idempotency-key"] = request.idempotency_key
        return Request(
            "POST",
            f"{self._url}/chat/completions",
            headers | self._headers,
            completion_request(request, dialect),
            self._timeout,
        )

    async def _refused(self, response: AsyncStreamedResponse, model: str, dialect: Dialect) -> None:
        """Raise what follows from an answer that is no reply."""
        complaint = complaint_of(await response.read())
        other = adapted(dialect, complaint.message)
        if response.status in _DIALECT_STATUSES and other is not None:
            self._dialects[model] = other
            raise _OtherDialect
        error = self._errors.of_status(response.status, complaint)
        is_worth_it = is_retried(response.status, response.headers, self._clock.now())
        helps = is_worth_it and not is_out_of_quota(complaint)
        raise _FailedAttempt(error, response.headers if helps else None)

    def _unusable(self, error: MalformedReplyError | ReportedError) -> ChatModelError:
        if isinstance(error, ReportedError):
            return self._errors.of_report(error.body)
        return self._errors.of_nonsense(str(error))

    def _delay(self, headers: Mapping[str, str] | None, retries: int) -> float | None:
        """How long to wait before the next try; None if there shall be none."""
        if headers is None or retries >= self._settings.max_retries:
            return None
        if headers is _NO_ANSWER and retries == 0:
            return 0.0  # most likely the server had closed a connection that was kept for reuse
        now = self._clock.now()
        asked = asked_delay(headers, now)
        if asked is not None and asked > self._settings.max_retry_wait_seconds:
            return None
        return retry_delay(retries, headers, now=now, luck=random.random())  # noqa: S311 - jitter
