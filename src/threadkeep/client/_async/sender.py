"""Sends operations over a transport, and tries again where that is right."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from random import random
from typing import Protocol, TypeVar

import msgspec

from threadkeep.client._async.open_response import AsyncOpenResponse
from threadkeep.client.answer import expect_event_stream, read_answer, read_page
from threadkeep.client.apause import apause
from threadkeep.client.config import ClientConfig
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import AsyncPage, AsyncPager
from threadkeep.client.polling import poll_delay
from threadkeep.client.request import EVENT_STREAM, RequestBuilder, is_repeatable
from threadkeep.errors import APIConnectionError
from threadkeep.transport import AsyncTransport, Request, Response
from threadkeep.types.clock import SystemClock
from threadkeep.wire.operation import AnyOperation, ListOperation, Operation
from threadkeep.wire.retry import is_retried, retry_delay


class _Answer(Protocol):
    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


AnswerT = TypeVar("AnswerT", bound=_Answer)
AnswerT_co = TypeVar("AnswerT_co", bound=_Answer, covariant=True)
ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")


class _Attempt(Protocol[AnswerT_co]):
    async def __call__(self, request: Request, /) -> AnswerT_co: ...


class AsyncSender:
    """Sends operations for one client. Here stands the only loop that tries again."""

    def __init__(self, config: ClientConfig, transport: AsyncTransport) -> None:
        self.config = config
        self.transport = transport
        self._requests = RequestBuilder(config)
        self._clock = SystemClock()

    async def send(self, operation: Operation[ResultT], options: RequestOptions) -> ResultT:
        """What `operation` gives."""
        return read_answer(operation, await self._respond(operation, options))

    def list(self, operation: ListOperation[ItemT], options: RequestOptions) -> AsyncPager[ItemT]:
        """The first page of what `operation` lists, from which the others are reached."""
        return AsyncPager.first(lambda: self._page(operation, options))

    async def open(
        self, operation: AnyOperation, options: RequestOptions, *, retries: int | None = None
    ) -> AsyncOpenResponse:
        """The event stream that `operation` starts, not read yet; `retries` goes before the client's own."""
        request = self._requests.build(operation, options, accept=EVENT_STREAM)
        answer = await self._insist(request, self._attempt_stream, retries)
        if isinstance(answer, Response):
            expect_event_stream(answer)
        return answer

    async def poll(
        self,
        operation: Operation[ResultT],
        options: RequestOptions,
        *,
        until: Callable[[ResultT], bool],
        interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        max_wait_seconds: float | msgspec.UnsetType = msgspec.UNSET,
    ) -> ResultT:
        """What `operation` gives, once `until` says that it is enough. Raises TimeoutError."""
        started_at = time.monotonic()
        while True:
            response = await self._respond(operation, options)
            result = read_answer(operation, response)
            if until(result):
                return result
            delay = poll_delay(interval_ms, response.headers)
            waited = time.monotonic() - started_at
            if max_wait_seconds is not msgspec.UNSET and waited + delay > max_wait_seconds:
                message = f"Giving up on {operation.path} after {max_wait_seconds} seconds."
                raise TimeoutError(message)
            await apause(delay)

    async def _respond(self, operation: AnyOperation, options: RequestOptions) -> Response:
        return await self._insist(self._requests.build(operation, options), self.transport.send)

    async def _page(
        self, operation: ListOperation[ItemT], options: RequestOptions
    ) -> AsyncPage[ItemT]:
        response = await self._respond(operation, options)
        page = read_page(operation, response)
        request_id = response.headers.get("x-request-id")
        return AsyncPage(
            operation, page, request_id, lambda following: self._page(following, options)
        )

    async def _insist(
        self, request: Request, attempt: _Attempt[AnswerT], retries: int | None = None
    ) -> AnswerT:
        """The answer to `request`: the first good one, or the last one of all tries."""
        if retries is None:
            retries = self.config.max_retries
        if not is_repeatable(request):
            retries = 0
        retry = 0
        while True:
            try:
                answer = await attempt(request)
            except APIConnectionError:
                if retry == retries:
                    raise
                headers: Mapping[str, str] = {}
            else:
                headers = answer.headers
                if retry == retries or not is_retried(answer.status, headers, self._clock.now()):
                    return answer
            luck = random()  # noqa: S311  (it spreads retries, it keeps no secret)
            await apause(retry_delay(retry, headers, now=self._clock.now(), luck=luck))
            retry += 1

    async def _attempt_stream(self, request: Request) -> AsyncOpenResponse | Response:
        """An open response to read events from; a whole one if it is anything else."""
        async with AsyncExitStack() as stack:
            response = await stack.enter_async_context(self.transport.stream(request))
            if response.status < 400 and EVENT_STREAM in response.headers.get("content-type", ""):
                return AsyncOpenResponse(response, stack.pop_all())
            return Response(response.status, response.headers, await response.read())
