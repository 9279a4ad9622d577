"""The events of a run, as they arrive."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from types import TracebackType
from typing import Self

from threadkeep.client._async.event_source import AsyncEventSource
from threadkeep.client._async.sender import AsyncSender
from threadkeep.client.options import RequestOptions
from threadkeep.client.run_stream import RunSnapshots, texts_of
from threadkeep.client.stream_progress import StreamProgress
from threadkeep.types.event import Event
from threadkeep.types.message import Message
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.wire.operation import AnyOperation
from threadkeep.wire.runs import Until


class AsyncRunStream:
    """Typed events of one run; what they add up to can be looked at any time.

    A context manager: leaving it hangs up, which does not cancel the run. It can be read once. If the connection breaks
    and the server numbers its events, it goes on where it was, on a new connection.
    """

    def __init__(self) -> None:
        self._source: AsyncEventSource | None = None
        self._snapshots = RunSnapshots()
        self._current_event: Event | None = None
        self._events = self._read()
        self._is_closed = False
        self._is_in_callback = False

    def attach(
        self,
        sender: AsyncSender,
        operation: AnyOperation,
        options: RequestOptions,
        *,
        until: Until = "requires_action",
        address: tuple[str, str] | None = None,
        after: str | None = None,
    ) -> Self:
        """Say where the events come from. Raises RuntimeError if that was said before.

        `address` is the run's thread id and id, if they are known; `after` is where in its events the answer begins.
        """
        if self._source is not None:
            message = (
                "A single event handler cannot be shared between multiple streams; "
                "You will need to construct a new event handler instance"
            )
            raise RuntimeError(message)
        progress = StreamProgress(self._snapshots, until=until, address=address, after=after)
        self._source = AsyncEventSource(sender, operation, options, progress)
        return self

    async def open(self) -> Self:
        """Send the request and wait for the answer to begin."""
        if self._source is not None and not self._source.is_open:
            await self._source.open()
        return self

    async def close(self) -> None:
        """Hang up, from within a callback too. The run goes on."""
        self._is_closed = True
        if self._source is not None:
            await self._source.aclose()
        if not self._is_in_callback:
            await self._events.aclose()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events

    async def __anext__(self) -> Event:
        return await anext(self._events)

    @property
    def text_deltas(self) -> AsyncIterator[str]:
        """The text of the run's messages alone, piece by piece."""
        return self._text_deltas()

    @property
    def request_id(self) -> str | None:
        """The `x-request-id` of the response."""
        return self._source and self._source.headers.get("x-request-id")

    @property
    def last_event_id(self) -> str | None:
        """How far it has come: `runs.events(..., after=...)` goes on from there. None if the server has no numbers."""
        return self._source and self._source.progress.last_event_id

    @property
    def current_event(self) -> Event | None:
        """The latest event."""
        return self._current_event

    @property
    def current_run(self) -> Run | None:
        """The run, as the latest event about it has it."""
        return self._snapshots.run

    @property
    def current_message_snapshot(self) -> Message | None:
        """The latest message, with everything so far."""
        return self._snapshots.message

    @property
    def current_run_step_snapshot(self) -> RunStep | None:
        """The step in progress, with everything so far."""
        return self._snapshots.step

    async def until_done(self) -> None:
        """Read to the end."""
        async for _ in self._events:
            pass

    async def get_final_run(self) -> Run:
        """Read to the end and give the run. Raises RuntimeError if there was none."""
        await self.until_done()
        if self._snapshots.run is None:
            message = "No final run object found"
            raise RuntimeError(message)
        return self._snapshots.run

    async def get_final_messages(self) -> list[Message]:
        """Read to the end and give the messages. Raises RuntimeError if there was none."""
        await self.until_done()
        if not self._snapshots.messages:
            message = "No messages found"
            raise RuntimeError(message)
        return self._snapshots.messages

    async def get_final_run_steps(self) -> list[RunStep]:
        """Read to the end and give the steps. Raises RuntimeError if there was none."""
        await self.until_done()
        if not self._snapshots.steps:
            message = "No run steps found"
            raise RuntimeError(message)
        return self._snapshots.steps

    async def _read(self) -> AsyncGenerator[Event, None]:
        if self._source is None or not self._source.is_open:
            message = "Stream has not been started yet"
            raise RuntimeError(message)
        try:
            async with aclosing(self._source.events()) as events:
                async for event in events:
                    self._snapshots.feed(event)
                    self._current_event = event
                    yield event
                    if self._is_closed:
                        return
        finally:
            await self._source.aclose()

    async def _text_deltas(self) -> AsyncIterator[str]:
        async for event in self._events:
            for text in texts_of(event):
                yield text
