"""Tool resources: from what callers say to what is kept, with the vector stores that have to be made for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from threadkeep.engine.references import attached
from threadkeep.engine.vector_store_files import VectorStoreFiles
from threadkeep.engine.vector_stores import VectorStores
from threadkeep.errors import InvalidRequestError, MissingError
from threadkeep.storage import Storage
from threadkeep.types.message import MessageCreate
from threadkeep.types.tool_resources import (
    CodeInterpreterResources,
    FileSearchResources,
    ToolResources,
)
from threadkeep.types.tool_resources_request import NewFileSearchResourcesInput, ToolResourcesInput
from threadkeep.types.vector_store_request import (
    ExpiresAfterInput,
    VectorStoreCreate,
    VectorStoreFileCreate,
)

THREAD_STORE_EXPIRY: Final = ExpiresAfterInput(anchor="last_active_at", days=7)
"""When a vector store expires that is made for a thread (contract §8)."""
_MOST_FILES: Final = 20


class Attachments(msgspec.Struct, frozen=True):
    """The files that messages bring along, by the tool that is to see them."""

    file_search: list[str]
    code_interpreter: list[str]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.file_search or self.code_interpreter)


def attachments_of(messages: Sequence[MessageCreate]) -> Attachments:
    """Those of these messages."""
    return Attachments(attached(messages, "file_search"), attached(messages, "code_interpreter"))


class ToolResourcesKeeper:
    """Makes what tool resources need. What they name was checked by `References` before."""

    def __init__(
        self,
        storage: Storage,
        vector_stores: VectorStores,
        vector_store_files: VectorStoreFiles,
    ) -> None:
        self._storage = storage
        self._vector_stores = vector_stores
        self._vector_store_files = vector_store_files

    async def made(
        self,
        project: str,
        given: ToolResourcesInput | None | msgspec.UnsetType,
        expires_after: ExpiresAfterInput | msgspec.UnsetType = msgspec.UNSET,
    ) -> ToolResources:
        """What `given` comes to: a vector store that it describes is made, to expire as said."""
        if not given:
            return ToolResources()
        search = given.file_search
        if isinstance(search, NewFileSearchResourcesInput):
            for helper in search.vector_stores or ():
                body = VectorStoreCreate(
                    file_ids=helper.file_ids,
                    chunking_strategy=helper.chunking_strategy,
                    metadata=helper.metadata,
                    expires_after=expires_after,
                )
                store = await self._vector_stores.create(project, body)
                search = FileSearchResources(vector_store_ids=[store.id])
        if search:
            search = FileSearchResources(vector_store_ids=search.vector_store_ids)
        return ToolResources(
            code_interpreter=given.code_interpreter or msgspec.UNSET,
            file_search=search or msgspec.UNSET,
        )

    async def with_attachments(
        self, project: str, resources: ToolResources, attachments: Attachments
    ) -> ToolResources:
        """The resources of a thread that is yet to be kept, with what its messages bring along."""
        resources = _with_code_files(resources, attachments.code_interpreter)
        if not attachments.file_search:
            return resources
        store_id = await self._add_to_store(project, resources, attachments.file_search)
        search = FileSearchResources(vector_store_ids=[store_id])
        return msgspec.structs.replace(resources, file_search=search)

    async def attach(self, project: str, thread_id: str, attachments: Attachments) -> None:
        """Let a thread have what is attached to new messages of its. Raises `MissingError`."""
        threads = self._storage.threads
        while (record := await threads.find(project, thread_id)) is not None:
            thread = record.value
            before = thread.tool_resources or ToolResources()
            resources = await self.with_attachments(project, before, attachments)
            if resources == before:
                return
            changed = msgspec.structs.replace(thread, tool_resources=resources)
            if await threads.update(project, changed, record.revision):
                return
            await self._undo(project, before, resources)
        raise MissingError("thread", thread_id)

    async def _add_to_store(
        self, project: str, resources: ToolResources, file_ids: Sequence[str]
    ) -> str:
        """The vector store that has these files: the thread's own one if it is still there, else a new one."""
        for store_id in _store_ids(resources):
            if await self._storage.vector_stores.find(project, store_id) is not None:
                await self._add(project, store_id, file_ids)
                return store_id
        body = VectorStoreCreate(file_ids=[*file_ids], expires_after=THREAD_STORE_EXPIRY)
        return (await self._vector_stores.create(project, body)).id

    async def _add(self, project: str, store_id: str, file_ids: Sequence[str]) -> None:
        for file_id in file_ids:
            found = await self._storage.vector_store_files.find(project, store_id, file_id)
            if found is None or found.value.status in {"failed", "cancelled"}:
                body = VectorStoreFileCreate(file_id=file_id)
                await self._vector_store_files.create(project, store_id, body)

    async def _undo(self, project: str, before: ToolResources, after: ToolResources) -> None:
        """Somebody else changed the thread meanwhile, so a vector store that was made for it is not its."""
        for store_id in set(_store_ids(after)) - set(_store_ids(before)):
            await self._storage.vector_stores.delete(project, store_id)


def _store_ids(resources: ToolResources) -> list[str]:
    search = resources.file_search
    return (search.vector_store_ids or []) if search else []


def _with_code_files(resources: ToolResources, file_ids: Sequence[str]) -> ToolResources:
    if not file_ids:
        return resources
    known = (resources.code_interpreter.file_ids or []) if resources.code_interpreter else []
    files = [*dict.fromkeys([*known, *file_ids])]
    if len(files) > _MOST_FILES:
        path = "tool_resources.code_interpreter.file_ids"
        message = (
            f"Invalid '{path}': array too long. Expected an array with maximum length {_MOST_FILES}, "
            f"but got an array with length {len(files)} instead."
        )
        raise InvalidRequestError(message, param=path, code="array_above_max_length")
    listed = CodeInterpreterResources(file_ids=files)
    return msgspec.structs.replace(resources, code_interpreter=listed)
