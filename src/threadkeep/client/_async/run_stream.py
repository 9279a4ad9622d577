"""The events of a run, as they arrive."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from types import TracebackType
from typing import Protocol, Self

from threadkeep.client._async.open_response import AsyncOpenResponse
from threadkeep.client.event_decoder import EventDecoder
from threadkeep.client.run_stream import RunSnapshots
from threadkeep.types.delta import TextDelta
from threadkeep.types.event import Event, MessageDeltaEvent
from threadkeep.types.message import Message
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep


class Connect(Protocol):
    """Sends the request whose answer is the stream."""

    async def __call__(self) -> AsyncOpenResponse: ...


class AsyncRunStream:
    """Typed events of one run; what they add up to can be looked at any time.

    A context manager: leaving it hangs up, which does not cancel the run. It can be read once.
    """

    def __init__(self) -> None:
        self._connect: Connect | None = None
        self._response: AsyncOpenResponse | None = None
        self._snapshots = RunSnapshots()
        self._current_event: Event | None = None
        self._events = self._read()
        self._is_closed = False
        self._is_in_callback = False

    def attach(self, connect: Connect) -> Self:
        """Say where the events come from. Raises RuntimeError if that was said before."""
        if self._connect is not None:
            message = (
                "A single event handler cannot be shared between multiple streams; "
                "You will need to construct a new event handler instance"
            )
            raise RuntimeError(message)
        self._connect = connect
        return self

    async def open(self) -> Self:
        """Send the request and wait for the answer to begin."""
        if self._response is None and self._connect is not None:
            self._response = await self._connect()
        return self

    async def close(self) -> None:
        """Hang up, from within a callback too. The run goes on."""
        self._is_closed = True
        if self._response is not None:
            await self._response.aclose()
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
        return self._response and self._response.headers.get("x-request-id")

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
        if self._response is None:
            message = "Stream has not been started yet"
            raise RuntimeError(message)
        decoder = EventDecoder()
        try:
            async for chunk in self._response:
                for event in decoder.feed(chunk):
                    self._snapshots.feed(event)
                    self._current_event = event
                    yield event
                    if self._is_closed:
                        return
                if decoder.is_done:
                    return
        finally:
            await self._response.aclose()

    async def _text_deltas(self) -> AsyncIterator[str]:
        async for event in self._events:
            if isinstance(event, MessageDeltaEvent):
                for part in event.data.delta.content:
                    if isinstance(part, TextDelta) and part.text and part.text.value:
                        yield part.text.value
