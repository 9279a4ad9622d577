"""Where the events of a run come from: one answer after the other, if connections break."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from random import random

from threadkeep.client._async.open_response import AsyncOpenResponse
from threadkeep.client._async.sender import AsyncSender
from threadkeep.client.apause import apause
from threadkeep.client.event_decoder import EventDecoder
from threadkeep.client.options import RequestOptions
from threadkeep.client.stream_progress import StreamProgress
from threadkeep.errors import APIConnectionError, NotFoundError
from threadkeep.types.event import Event
from threadkeep.wire.operation import AnyOperation
from threadkeep.wire.retry import RESUME_TRIES


class AsyncEventSource:
    """The answer to `operation`, and after it the answers that go on where it broke off."""

    def __init__(
        self,
        sender: AsyncSender,
        operation: AnyOperation,
        options: RequestOptions,
        progress: StreamProgress,
    ) -> None:
        self._sender = sender
        self._operation = operation
        self._options = options
        self._response: AsyncOpenResponse | None = None
        self._is_closed = False
        self.progress = progress

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of the answer that is being read."""
        return {} if self._response is None else self._response.headers

    @property
    def is_open(self) -> bool:
        """Whether an answer has begun."""
        return self._response is not None

    async def open(self) -> None:
        """Send the request and wait for the answer to begin."""
        self._response = await self._sender.open(self._operation, self._options)

    async def aclose(self) -> None:
        """Hang up for good."""
        self._is_closed = True
        if self._response is not None:
            await self._response.aclose()

    async def events(self) -> AsyncGenerator[Event, None]:
        """The events, to the end of the run or of what the server has to say."""
        while self._response is not None:
            decoder, failure = EventDecoder(), None
            try:
                async for chunk in self._response:
                    for event in self._taken(decoder, chunk):
                        yield event
                    if decoder.is_done:
                        return
            except APIConnectionError as error:
                failure = error
            if not self._goes_on(failure):
                if failure is not None:
                    raise failure
                return
            await self._reopen(failure)

    def _taken(self, decoder: EventDecoder, chunk: bytes) -> Iterator[Event]:
        for event in decoder.feed(chunk):
            yield from self.progress.take(event, decoder.last_event_id)

    def _goes_on(self, failure: APIConnectionError | None) -> bool:
        is_wanted = not self._is_closed and self._sender.config.max_retries > 0
        return is_wanted and self.progress.break_off(failure)

    async def _reopen(self, failure: APIConnectionError | None) -> None:
        """Ask for the events after the last one that came."""
        assert self._response is not None
        await self._response.aclose()
        await apause(self.progress.delay(luck=random()))  # noqa: S311  (it keeps no secret)
        options = self._options.copy()
        options.pop("extra_body", None)
        operation = self.progress.rest(self._operation.query.get("include"))
        try:
            self._response = await self._sender.open(operation, options, retries=RESUME_TRIES)
        except NotFoundError as error:  # deleted meanwhile, or the server has no such call
            raise failure or error from error
        if self._is_closed:
            await self._response.aclose()
