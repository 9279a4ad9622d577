# Generated from src/threadkeep/client/_async/threads.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Threads, and what is on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Unpack, overload

import msgspec

from threadkeep.client._sync.event_handler import AssistantEventHandler
from threadkeep.client._sync.messages import Messages
from threadkeep.client._sync.run_stream import RunStream
from threadkeep.client._sync.runs import Runs
from threadkeep.client._sync.sender import Sender
from threadkeep.client.options import RequestOptions, ThreadRunArguments, split_options
from threadkeep.client.page import Page
from threadkeep.types.page import Order
from threadkeep.types.run import Run
from threadkeep.types.thread import Thread, ThreadDeleted
from threadkeep.wire import threads
from threadkeep.wire.parameters import MessageParam, MetadataParam, Optional, ToolResourcesParam


class Threads:
    """Conversations."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.messages = Messages(sender)
        self.runs = Runs(sender)

    def create(
        self,
        *,
        messages: Iterable[MessageParam] | msgspec.UnsetType = msgspec.UNSET,
        metadata: Optional[MetadataParam] = msgspec.UNSET,
        tool_resources: Optional[ToolResourcesParam] = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Thread:
        """Make a thread, with messages or empty."""
        operation = threads.create(
            messages=messages, metadata=metadata, tool_resources=tool_resources
        )
        return self._sender.send(operation, options)

    def list(
        self,
        *,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Page[Thread]:
        """Give the threads, newest first unless `order` is `asc`. The hosted service does not."""
        query = {"after": after, "before": before, "limit": limit, "order": order}
        return self._sender.list(threads.list(query), options)

    def retrieve(self, thread_id: str, **options: Unpack[RequestOptions]) -> Thread:
        """Give the thread."""
        return self._sender.send(threads.retrieve(thread_id), options)

    def update(
        self,
        thread_id: str,
        *,
        metadata: Optional[MetadataParam] = msgspec.UNSET,
        tool_resources: Optional[ToolResourcesParam] = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Thread:
        """Replace what is given."""
        operation = threads.update(thread_id, metadata=metadata, tool_resources=tool_resources)
        return self._sender.send(operation, options)

    def delete(self, thread_id: str, **options: Unpack[RequestOptions]) -> ThreadDeleted:
        """Delete the thread with its messages and runs."""
        return self._sender.send(threads.delete(thread_id), options)

    @overload
    def create_and_run(
        self,
        *,
        stream: Literal[False] | None = None,
        **arguments: Unpack[ThreadRunArguments],
    ) -> Run: ...

    @overload
    def create_and_run(
        self, *, stream: Literal[True], **arguments: Unpack[ThreadRunArguments]
    ) -> RunStream: ...

    def create_and_run(
        self, *, stream: bool | None = None, **arguments: Unpack[ThreadRunArguments]
    ) -> Run | RunStream:
        """Make a thread and start a run on it; with `stream=True` give the run's events."""
        if stream:
            return self.create_and_run_stream(**arguments).open()
        fields, options = split_options(arguments)
        return self._sender.send(threads.create_and_run(fields), options)

    def create_and_run_poll(
        self,
        *,
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        **arguments: Unpack[ThreadRunArguments],
    ) -> Run:
        """Make a thread, start a run on it and wait until it has ended or needs tool outputs."""
        _, options = split_options(arguments)
        run = self.create_and_run(**arguments)
        return self.runs.poll(run.id, run.thread_id, poll_interval_ms, **options)

    def create_and_run_stream(
        self,
        *,
        event_handler: AssistantEventHandler | None = None,
        **arguments: Unpack[ThreadRunArguments],
    ) -> RunStream:
        """Make a thread and start a run on it: a context manager that gives the run's events."""
        fields, options = split_options(arguments)
        operation = threads.create_and_run({**fields, "stream": True})
        stream = event_handler or RunStream()
        return stream.attach(self._sender, operation, options)
