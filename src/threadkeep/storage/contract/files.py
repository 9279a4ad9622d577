"""What a storage does with files: what is known of them. Their bytes are kept by `threadkeep.storage.files`."""

from __future__ import annotations

from typing import Protocol

from threadkeep.storage.contract.record import Record, StoredPage
from threadkeep.types.file import File
from threadkeep.types.page import PageQuery


class Files(Protocol):
    """Files of a project."""

    async def insert(self, project: str, file: File) -> None:
        """Keep a new file, whose bytes are kept already."""
        ...

    async def find(self, project: str, file_id: str) -> Record[File] | None:
        """The file, or None."""
        ...

    async def delete(self, project: str, file_id: str) -> bool:
        """Remove it everywhere, in one go; False if there was none.

        It leaves every vector store, and the code interpreter's files of every assistant and thread.
        """
        ...

    async def page(self, project: str, query: PageQuery, purpose: str | None = None) -> StoredPage:
        """A page of the project's files, or of those with one purpose. `query.limit` may be any size.

        An unknown cursor raises `MissingError`.
        """
        ...

    async def expired(self, limit: int) -> list[tuple[str, str]]:
        """Projects and ids of files whose `expires_at` has passed, by the storage's own clock."""
        ...
