"""What a storage does with vector stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from threadkeep.storage.contract.record import Record, StoredPage
from threadkeep.types.page import PageQuery
from threadkeep.types.vector_store import VectorStore, VectorStoreFile


class VectorStores(Protocol):
    """Vector stores of a project.

    `file_counts`, `usage_bytes`, `status` and `expires_at` are the storage's: they follow from the files, from
    `expires_after` and from the storage's own clock, and are true whenever a vector store is read; what is given for
    them is not looked at. One that has expired stays so: it can be read and deleted, and that is all.
    """

    async def insert(
        self, project: str, vector_store: VectorStore, files: Sequence[VectorStoreFile] = ()
    ) -> VectorStore:
        """Keep a new vector store with its first files, all or nothing; the vector store as it is now.

        Raises `MissingError` if one of the files is not there.
        """
        ...

    async def find(self, project: str, vector_store_id: str) -> Record[VectorStore] | None:
        """The vector store, or None. Its revision does not grow with what becomes of its files."""
        ...

    async def update(self, project: str, vector_store: VectorStore, revision: int) -> bool:
        """Replace what callers may change (name, description, `expires_after`, metadata).

        False if it is no longer at `revision`. Raises `VectorStoreExpiredError`.
        """
        ...

    async def delete(self, project: str, vector_store_id: str) -> bool:
        """Remove it with all that it has of files, which themselves stay; False if there was none."""
        ...

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's vector stores. An unknown cursor raises `MissingError`."""
        ...

    async def touch(self, project: str, vector_store_ids: Sequence[str]) -> None:
        """Say that they are in use now, by the storage's own clock, which puts off their expiry."""
        ...
