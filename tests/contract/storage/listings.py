"""Each list that a storage serves, behind one face, so that paging is tested once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from tests.contract.storage.file_listings import (
    FileListing,
    PurposeListing,
    StatusListing,
    VectorStoreFileListing,
    VectorStoreListing,
)
from tests.support.records import (
    keep_claimed_run,
    keep_ended_run,
    keep_thread,
    new_assistant,
    new_message,
    new_step,
    new_thread,
    started,
    with_status,
)
from threadkeep.storage import RunRecord, Storage, StoredPage
from threadkeep.types.page import PageQuery
from threadkeep.types.thread import Thread


class Listing(Protocol):
    """A list of one kind of object in one project, empty at first."""

    noun: str

    async def add(self) -> str:
        """Append an object; its id."""
        ...

    async def page(self, query: PageQuery) -> StoredPage:
        """A page of the list."""
        ...

    async def remove(self, object_id: str) -> None:
        """Remove an object."""
        ...


class AssistantListing:
    """All assistants of a project."""

    noun = "assistant"

    def __init__(self, storage: Storage, project: str) -> None:
        self._storage = storage
        self._project = project

    async def add(self) -> str:
        assistant = new_assistant()
        await self._storage.assistants.insert(self._project, assistant)
        return assistant.id

    async def page(self, query: PageQuery) -> StoredPage:
        return await self._storage.assistants.page(self._project, query)

    async def remove(self, object_id: str) -> None:
        assert await self._storage.assistants.delete(self._project, object_id)


class ThreadListing:
    """All threads of a project."""

    noun = "thread"

    def __init__(self, storage: Storage, project: str) -> None:
        self._storage = storage
        self._project = project

    async def add(self) -> str:
        thread = new_thread()
        await self._storage.threads.insert(self._project, thread)
        return thread.id

    async def page(self, query: PageQuery) -> StoredPage:
        return await self._storage.threads.page(self._project, query)

    async def remove(self, object_id: str) -> None:
        assert await self._storage.threads.delete(self._project, object_id)


class MessageListing:
    """The messages of a thread."""

    noun = "message"

    def __init__(self, storage: Storage, project: str) -> None:
        self._storage = storage
        self._project = project
        self._thread: Thread | None = None

    async def thread(self) -> Thread:
        self._thread = self._thread or await keep_thread(self._storage, self._project)
        return self._thread

    async def add(self) -> str:
        message = new_message(await self.thread())
        await self._storage.messages.insert(self._project, message)
        return message.id

    async def page(self, query: PageQuery) -> StoredPage:
        thread = await self.thread()
        return await self._storage.messages.page(self._project, thread.id, query)

    async def remove(self, object_id: str) -> None:
        thread = await self.thread()
        assert await self._storage.messages.delete(self._project, thread.id, object_id)


class RunMessageListing(MessageListing):
    """The messages that one run made, on a thread with other messages in between."""

    async def add(self) -> str:
        thread = await self.thread()
        made = new_message(thread, run_id="run_1", role="assistant")
        for message in (new_message(thread), made, new_message(thread, run_id="run_2")):
            await self._storage.messages.insert(self._project, message)
        return made.id

    async def page(self, query: PageQuery) -> StoredPage:
        thread = await self.thread()
        return await self._storage.messages.page(self._project, thread.id, query, "run_1")


class RunListing(MessageListing):
    """The runs of a thread."""

    noun = "run"

    async def add(self) -> str:
        record = await keep_ended_run(self._storage, await self.thread(), self._project)
        return record.run.id

    async def page(self, query: PageQuery) -> StoredPage:
        thread = await self.thread()
        return await self._storage.runs.page(self._project, thread.id, query)

    async def remove(self, object_id: str) -> None:
        thread = await self.thread()
        record = await self._storage.runs.find(self._project, thread.id, object_id)
        assert record is not None
        assert await self._storage.runs.delete(record)


class RunStepListing:
    """The steps of a run. One goes when the run is claimed anew while it is open."""

    noun = "run step"

    def __init__(self, storage: Storage, project: str) -> None:
        self._storage = storage
        self._project = project
        self._record: RunRecord | None = None

    async def record(self) -> RunRecord:
        self._record = self._record or await keep_claimed_run(self._storage, project=self._project)
        return self._record

    async def add(self) -> str:
        record = await self.record()
        step = new_step(record.run)
        assert await self._storage.runs.write(record, steps=[step]) is not None
        return step.id

    async def page(self, query: PageQuery) -> StoredPage:
        run = (await self.record()).run
        return await self._storage.run_steps.page(self._project, run.thread_id, run.id, query)

    async def remove(self, object_id: str) -> None:
        record = await self.record()
        open_step = new_step(record.run, id=object_id, status="in_progress")
        queued = with_status(record, "queued", worker=None)
        assert await self._storage.runs.write(record, after=queued, steps=[open_step]) is not None
        (self._record,) = await self._storage.runs.claim(
            "worker-1", started, limit=1, only=(record.run.thread_id, record.run.id)
        )


LISTINGS: Final[dict[str, Callable[[Storage, str], Listing]]] = {
    "assistants": AssistantListing,
    "threads": ThreadListing,
    "messages": MessageListing,
    "messages of a run": RunMessageListing,
    "runs": RunListing,
    "run steps": RunStepListing,
    "files": FileListing,
    "files of a purpose": PurposeListing,
    "vector stores": VectorStoreListing,
    "files of a vector store": VectorStoreFileListing,
    "completed files of a vector store": StatusListing,
}
