"""The lists of files and vector stores, behind the face of `listings.Listing`."""

from __future__ import annotations

from typing import ClassVar

from tests.support.file_records import (
    add_file,
    claim_file,
    keep_file,
    keep_vector_store,
)
from threadkeep.storage import Storage, StoredPage
from threadkeep.types.page import PageQuery
from threadkeep.types.vector_store import VectorStore


class FileListing:
    """All files of a project."""

    noun = "file"

    def __init__(self, storage: Storage, project: str) -> None:
        self._storage = storage
        self._project = project

    async def add(self) -> str:
        return (await keep_file(self._storage, self._project)).id

    async def page(self, query: PageQuery) -> StoredPage:
        return await self._storage.files.page(self._project, query)

    async def remove(self, object_id: str) -> None:
        assert await self._storage.files.delete(self._project, object_id)


class PurposeListing(FileListing):
    """The files of one purpose, with others in between."""

    async def add(self) -> str:
        await keep_file(self._storage, self._project, purpose="batch")
        return (await keep_file(self._storage, self._project, purpose="vision")).id

    async def page(self, query: PageQuery) -> StoredPage:
        return await self._storage.files.page(self._project, query, "vision")


class VectorStoreListing:
    """All vector stores of a project."""

    noun = "vector store"

    def __init__(self, storage: Storage, project: str) -> None:
        self._storage = storage
        self._project = project

    async def add(self) -> str:
        return (await keep_vector_store(self._storage, self._project)).id

    async def page(self, query: PageQuery) -> StoredPage:
        return await self._storage.vector_stores.page(self._project, query)

    async def remove(self, object_id: str) -> None:
        assert await self._storage.vector_stores.delete(self._project, object_id)


class VectorStoreFileListing:
    """The files of a vector store."""

    noun = "file"
    status: ClassVar[str | None] = None

    def __init__(self, storage: Storage, project: str) -> None:
        self._storage = storage
        self._project = project
        self._store: VectorStore | None = None

    async def store(self) -> VectorStore:
        self._store = self._store or await keep_vector_store(self._storage, self._project)
        return self._store

    async def add(self) -> str:
        return (await add_file(self._storage, await self.store(), self._project)).id

    async def page(self, query: PageQuery) -> StoredPage:
        store = await self.store()
        return await self._storage.vector_store_files.page(
            self._project, store.id, query, status=self.status
        )

    async def remove(self, object_id: str) -> None:
        store = await self.store()
        files = self._storage.vector_store_files
        assert await files.delete(self._project, store.id, object_id)


class StatusListing(VectorStoreFileListing):
    """The completed files of a vector store, with failed ones in between."""

    status = "completed"

    async def add(self) -> str:
        await add_file(self._storage, await self.store(), self._project, status="failed")
        file_id = await super().add()
        assert await self._storage.vector_store_files.complete(
            await claim_file(self._storage), [], 0
        )
        return file_id
