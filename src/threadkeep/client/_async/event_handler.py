"""Callbacks for the events of a run, by subclassing; named as in the official SDK."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from threadkeep.client._async.run_stream import AsyncRunStream
from threadkeep.client.callbacks import CALLBACKS, Callbacks
from threadkeep.errors import APITimeoutError
from threadkeep.types.delta import (
    MessageDeltaContent,
    RunStepDeltaDetails,
    TextDeltaValue,
    ToolCallDelta,
)
from threadkeep.types.event import Event
from threadkeep.types.message import ImageFile, Message, TextValue
from threadkeep.types.run import RunRestart
from threadkeep.types.run_step import RunStep, ToolCall


class AsyncAssistantEventHandler(AsyncRunStream):
    """A stream of a run's events that calls a method for each; override those you need.

    An instance serves one stream. The methods are called as the stream is read, so read it:
    `until_done()` does nothing else.
    """

    async def on_event(self, event: Event) -> None:
        """Every event, before the callbacks below."""

    async def on_run_step_created(self, run_step: RunStep) -> None:
        """A run step began."""

    async def on_run_step_delta(self, delta: RunStepDeltaDetails, snapshot: RunStep) -> None:
        """Something is new in a run step; `snapshot` is everything so far."""

    async def on_run_step_done(self, run_step: RunStep) -> None:
        """A run step was completed, cancelled, failed or expired."""

    async def on_tool_call_created(self, tool_call: ToolCall) -> None:
        """The model began to call a tool."""

    async def on_tool_call_delta(self, delta: ToolCallDelta, snapshot: ToolCall) -> None:
        """Something more is new in a tool call; `snapshot` is everything so far."""

    async def on_tool_call_done(self, tool_call: ToolCall) -> None:
        """A tool call is complete; whether it has been answered is another matter."""

    async def on_message_created(self, message: Message) -> None:
        """A message began."""

    async def on_message_delta(self, delta: MessageDeltaContent, snapshot: Message) -> None:
        """Something is new in a message; `snapshot` is everything so far."""

    async def on_message_done(self, message: Message) -> None:
        """A message was completed, or broken off."""

    async def on_text_created(self, text: TextValue) -> None:
        """A text part of a message began."""

    async def on_text_delta(self, delta: TextDeltaValue, snapshot: TextValue) -> None:
        """Something is new in a text part; `snapshot` is everything so far."""

    async def on_text_done(self, text: TextValue) -> None:
        """A text part is complete."""

    async def on_image_file_done(self, image_file: ImageFile) -> None:
        """An image part is complete."""

    async def on_run_restarted(self, restart: RunRestart) -> None:
        """The run began anew after its worker died: what was begun and not done is void. Threadkeep's own."""

    async def on_timeout(self) -> None:
        """The server was silent for too long; `on_exception` follows."""

    async def on_exception(self, exception: Exception) -> None:
        """Reading the stream, or a callback, raised this; it is raised again after."""

    async def on_end(self) -> None:
        """The stream is over, read to its end or not."""

    async def _read(self) -> AsyncGenerator[Event, None]:
        callbacks = Callbacks(self._snapshots)
        heard = _overridden(type(self))
        try:
            async for event in super()._read():
                for name, arguments in callbacks.of(event):
                    if name in heard:
                        await self._tell(name, arguments())
                yield event
        except APITimeoutError as error:
            await self.on_timeout()
            await self.on_exception(error)
            raise
        except Exception as error:
            await self.on_exception(error)
            raise
        finally:
            await self.on_end()

    async def _tell(self, name: str, arguments: tuple[object, ...]) -> None:
        self._is_in_callback = True
        try:
            await getattr(self, name)(*arguments)
        finally:
            self._is_in_callback = False


def _overridden(handler: type[AsyncAssistantEventHandler]) -> frozenset[str]:
    """The callbacks that this class does not leave empty."""
    return frozenset(
        name
        for name in CALLBACKS
        if getattr(handler, name) is not getattr(AsyncAssistantEventHandler, name)
    )
