"""Threads: creating, changing and deleting them."""

from __future__ import annotations

import msgspec

from threadkeep.engine.changing import change
from threadkeep.engine.messages import Messages
from threadkeep.engine.references import References
from threadkeep.engine.tool_resources import (
    THREAD_STORE_EXPIRY,
    ToolResourcesKeeper,
    attachments_of,
)
from threadkeep.errors import MissingError
from threadkeep.storage import Storage
from threadkeep.types import ids
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.message import Message
from threadkeep.types.thread import Thread, ThreadCreate, ThreadUpdate
from threadkeep.types.tool_resources import ToolResources


class Threads:
    """The verbs of threads."""

    def __init__(
        self,
        storage: Storage,
        references: References,
        resources: ToolResourcesKeeper,
        messages: Messages,
        clock: Clock,
        source: IdSource,
    ) -> None:
        self._storage = storage
        self._references = references
        self._resources = resources
        self._messages = messages
        self._clock = clock
        self._ids = source

    async def create(self, project: str, body: ThreadCreate) -> Thread:
        """A new thread with its first messages. Raises `MissingError` if it names what is not there."""
        await self.check(project, body)
        thread, messages = await self.new(project, body)
        await self._storage.threads.insert(project, thread, messages)
        return thread

    async def update(self, project: str, thread_id: str, body: ThreadUpdate) -> Thread:
        """The thread with what `body` gives; null clears. Raises `MissingError`."""
        await self._references.check_tool_resources(project, body.tool_resources)
        resources = await self._resources.made(project, body.tool_resources)
        threads = self._storage.threads
        return await change(
            lambda: threads.find(project, thread_id),
            lambda thread, revision: threads.update(project, thread, revision),
            lambda thread: _updated(thread, body, resources),
            MissingError("thread", thread_id),
        )

    async def delete(self, project: str, thread_id: str) -> None:
        """Remove the thread and all in it; a run that is active is lost to its worker. Raises `MissingError`."""
        if not await self._storage.threads.delete(project, thread_id):
            raise MissingError("thread", thread_id)

    async def check(self, project: str, body: ThreadCreate) -> None:
        """Raises `MissingError` or `InvalidRequestError` for what the thread and its messages cannot have."""
        await self._references.check_tool_resources(project, body.tool_resources)
        await self._references.check_messages(project, body.messages or [])

    async def new(self, project: str, body: ThreadCreate) -> tuple[Thread, list[Message]]:
        """A thread and its messages as they will be kept, from what a caller sent, which was checked before."""
        bodies = body.messages or []
        made = await self._resources.made(project, body.tool_resources, THREAD_STORE_EXPIRY)
        thread = Thread(
            id=self._ids.make(ids.THREAD),
            created_at=int(self._clock.now()),
            metadata=body.metadata or {},
            tool_resources=await self._resources.with_attachments(
                project, made, attachments_of(bodies)
            ),
        )
        return thread, [self._messages.new(thread.id, message) for message in bodies]


def _updated(thread: Thread, body: ThreadUpdate, resources: ToolResources) -> Thread:
    if body.metadata is not msgspec.UNSET:
        thread = msgspec.structs.replace(thread, metadata=body.metadata or {})
    if body.tool_resources is not msgspec.UNSET:
        thread = msgspec.structs.replace(thread, tool_resources=resources)
    return thread
