# Generated from src/threadkeep/client/_async/run_stream.py by scripts/unasync.py. Edit that file, then run `make format`.
"""The events of a run, as they arrive."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Protocol, Self

from threadkeep.client._sync.open_response import OpenResponse
from threadkeep.client.event_decoder import EventDecoder
from threadkeep.client.run_stream import RunSnapshots
from threadkeep.types.delta import TextDelta
from threadkeep.types.event import Event, MessageDeltaEvent
from threadkeep.types.message import Message
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep


class Connect(Protocol):
    """Sends the request whose answer is the stream."""

    def __call__(self) -> OpenResponse: ...


class RunStream:
    """Typed events of one run; what they add up to can be looked at any time.

    A context manager: leaving it hangs up, which does not cancel the run. It can be read once.
    """

    def __init__(self) -> None:
        self._connect: Connect | None = None
        self._response: OpenResponse | None = None
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

    def open(self) -> Self:
        """Send the request and wait for the answer to begin."""
        if self._response is None and self._connect is not None:
            self._response = self._connect()
        return self

    def close(self) -> None:
        """Hang up, from within a callback too. The run goes on."""
        self._is_closed = True
        if self._response is not None:
            self._response.close()
        if not self._is_in_callback:
            self._events.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        return self._events

    def __next__(self) -> Event:
        return next(self._events)

    @property
    def text_deltas(self) -> Iterator[str]:
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

    def until_done(self) -> None:
        """Read to the end."""
        for _ in self._events:
            pass

    def get_final_run(self) -> Run:
        """Read to the end and give the run. Raises RuntimeError if there was none."""
        self.until_done()
        if self._snapshots.run is None:
            message = "No final run object found"
            raise RuntimeError(message)
        return self._snapshots.run

    def get_final_messages(self) -> list[Message]:
        """Read to the end and give the messages. Raises RuntimeError if there was none."""
        self.until_done()
        if not self._snapshots.messages:
            message = "No messages found"
            raise RuntimeError(message)
        return self._snapshots.messages

    def get_final_run_steps(self) -> list[RunStep]:
        """Read to the end and give the steps. Raises RuntimeError if there was none."""
        self.until_done()
        if not self._snapshots.steps:
            message = "No run steps found"
            raise RuntimeError(message)
        return self._snapshots.steps

    def _read(self) -> Generator[Event, None]:
        if self._response is None:
            message = "Stream has not been started yet"
            raise RuntimeError(message)
        decoder = EventDecoder()
        try:
            for chunk in self._response:
                for event in decoder.feed(chunk):
                    self._snapshots.feed(event)
                    self._current_event = event
                    yield event
                    if self._is_closed:
                        return
                if decoder.is_done:
                    return
        finally:
            self._response.close()

    def _text_deltas(self) -> Iterator[str]:
        for event in self._events:
            if isinstance(event, MessageDeltaEvent):
                for part in event.data.delta.content:
                    if isinstance(part, TextDelta) and part.text and part.text.value:
                        yield part.text.value
