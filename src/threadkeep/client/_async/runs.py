"""Runs on a thread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Unpack, overload

import msgspec

from threadkeep.client._async.event_handler import AsyncAssistantEventHandler
from threadkeep.client._async.run_steps import AsyncRunSteps
from threadkeep.client._async.run_stream import AsyncRunStream
from threadkeep.client._async.sender import AsyncSender
from threadkeep.client.options import RequestOptions, RunArguments, split_options
from threadkeep.client.page import AsyncPager
from threadkeep.client.polling import RUN_SETTLED
from threadkeep.types.page import Order
from threadkeep.types.run import Run, RunDeleted
from threadkeep.types.run_explanation import RunExplanation
from threadkeep.wire import runs
from threadkeep.wire.parameters import MetadataParam, Optional, ToolOutputParam
from threadkeep.wire.runs import Until


class AsyncRuns:
    """Executions of an assistant on a thread."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender
        self.steps = AsyncRunSteps(sender)

    @overload
    async def create(
        self,
        thread_id: str,
        *,
        stream: Literal[False] | None = None,
        **arguments: Unpack[RunArguments],
    ) -> Run: ...

    @overload
    async def create(
        self, thread_id: str, *, stream: Literal[True], **arguments: Unpack[RunArguments]
    ) -> AsyncRunStream: ...

    async def create(
        self, thread_id: str, *, stream: bool | None = None, **arguments: Unpack[RunArguments]
    ) -> Run | AsyncRunStream:
        """Start a run; with `stream=True` give its events. It goes on by itself in both cases."""
        if stream:
            return await self.stream(thread_id, **arguments).open()
        fields, options = split_options(arguments)
        return await self._sender.send(runs.create(thread_id, fields), options)

    async def create_and_poll(
        self,
        thread_id: str,
        *,
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        **arguments: Unpack[RunArguments],
    ) -> Run:
        """Start a run and wait until it has ended or needs tool outputs."""
        _, options = split_options(arguments)
        run = await self.create(thread_id, **arguments)
        return await self.poll(run.id, thread_id, poll_interval_ms, **options)

    def stream(
        self,
        thread_id: str,
        *,
        event_handler: AsyncAssistantEventHandler | None = None,
        **arguments: Unpack[RunArguments],
    ) -> AsyncRunStream:
        """Start a run: a context manager that gives its events as they happen."""
        fields, options = split_options(arguments)
        operation = runs.create(thread_id, {**fields, "stream": True})
        stream = event_handler or AsyncRunStream()
        return stream.attach(self._sender, operation, options)

    create_and_stream = stream

    def list(
        self,
        thread_id: str,
        *,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> AsyncPager[Run]:
        """Give the runs, newest first unless `order` is `asc`."""
        query = {"after": after, "before": before, "limit": limit, "order": order}
        return self._sender.list(runs.list(thread_id, query), options)

    async def retrieve(
        self,
        run_id: str,
        *,
        thread_id: str,
        wait: float | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Run:
        """Give the run; with `wait`, once it has ended or needs tool outputs, or after so many seconds.

        `wait` is at most 60, and Threadkeep's own: other servers answer at once.
        """
        operation = runs.retrieve(thread_id, run_id, wait=wait)
        return await self._sender.send(operation, options)

    def events(
        self,
        run_id: str,
        *,
        thread_id: str,
        after: str | None = None,
        until: Until = "terminal",
        include: Iterable[str] | msgspec.UnsetType = msgspec.UNSET,
        event_handler: AsyncAssistantEventHandler | None = None,
        **options: Unpack[RequestOptions],
    ) -> AsyncRunStream:
        """Watch a run, whatever state it is in: a context manager that gives its events. Threadkeep's own.

        They begin after the one with the id `after`, which is the `last_event_id` of an earlier stream, else with the
        first. They end with the run, or with `until="requires_action"` already when it needs tool outputs.
        """
        query = {
            "after": msgspec.UNSET if after is None else after,
            "until": until,
            "include": include,
        }
        operation = runs.events(thread_id, run_id, query)
        stream = event_handler or AsyncRunStream()
        address = (thread_id, run_id)
        return stream.attach(
            self._sender, operation, options, until=until, address=address, after=after
        )

    async def explain(self, run_id: str, **options: Unpack[RequestOptions]) -> RunExplanation:
        """Tell what the run waits for, who holds it and what comes next. Only Threadkeep's server can."""
        return await self._sender.send(runs.explain(run_id), options)

    async def poll(
        self,
        run_id: str,
        thread_id: str,
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Run:
        """Wait until the run has ended or needs tool outputs."""
        return await self._sender.poll(
            runs.retrieve(thread_id, run_id),
            options,
            until=lambda run: run.status in RUN_SETTLED,
            interval_ms=poll_interval_ms,
        )

    async def update(
        self,
        run_id: str,
        *,
        thread_id: str,
        metadata: Optional[MetadataParam] = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Run:
        """Replace the metadata. A run that is `queued` or `in_progress` is left alone: `BadRequestError`."""
        return await self._sender.send(runs.update(thread_id, run_id, metadata=metadata), options)

    async def cancel(
        self, run_id: str, *, thread_id: str, **options: Unpack[RequestOptions]
    ) -> Run:
        """Ask the run to end. It is `cancelling` until it has."""
        return await self._sender.send(runs.cancel(thread_id, run_id), options)

    async def delete(
        self, run_id: str, *, thread_id: str, **options: Unpack[RequestOptions]
    ) -> RunDeleted:
        """Delete a run that has ended, with its steps; its messages stay. Threadkeep's own."""
        return await self._sender.send(runs.delete(thread_id, run_id), options)

    @overload
    async def submit_tool_outputs(
        self,
        run_id: str,
        *,
        thread_id: str,
        tool_outputs: Iterable[ToolOutputParam],
        stream: Literal[False] | None = None,
        **options: Unpack[RequestOptions],
    ) -> Run: ...

    @overload
    async def submit_tool_outputs(
        self,
        run_id: str,
        *,
        thread_id: str,
        tool_outputs: Iterable[ToolOutputParam],
        stream: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncRunStream: ...

    async def submit_tool_outputs(
        self,
        run_id: str,
        *,
        thread_id: str,
        tool_outputs: Iterable[ToolOutputParam],
        stream: bool | None = None,
        **options: Unpack[RequestOptions],
    ) -> Run | AsyncRunStream:
        """Answer all tool calls that the run waits for; with `stream=True` give its events."""
        if stream:
            return await self.submit_tool_outputs_stream(
                run_id, thread_id=thread_id, tool_outputs=tool_outputs, **options
            ).open()
        operation = runs.submit_tool_outputs(thread_id, run_id, tool_outputs=tool_outputs)
        return await self._sender.send(operation, options)

    async def submit_tool_outputs_and_poll(
        self,
        run_id: str,
        *,
        thread_id: str,
        tool_outputs: Iterable[ToolOutputParam],
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Run:
        """Answer the tool calls and wait until the run has ended or needs more."""
        await self.submit_tool_outputs(
            run_id, thread_id=thread_id, tool_outputs=tool_outputs, **options
        )
        return await self.poll(run_id, thread_id, poll_interval_ms, **options)

    def submit_tool_outputs_stream(
        self,
        run_id: str,
        *,
        thread_id: str,
        tool_outputs: Iterable[ToolOutputParam],
        event_handler: AsyncAssistantEventHandler | None = None,
        **options: Unpack[RequestOptions],
    ) -> AsyncRunStream:
        """Answer the tool calls: a context manager that gives the run's events from here on."""
        operation = runs.submit_tool_outputs(
            thread_id, run_id, tool_outputs=tool_outputs, stream=True
        )
        stream = event_handler or AsyncRunStream()
        address = (thread_id, run_id)
        return stream.attach(self._sender, operation, options, address=address)
