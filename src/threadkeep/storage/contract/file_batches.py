"""What a storage does with batches: files that were added to a vector store together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from threadkeep.types.vector_store import VectorStoreFile, VectorStoreFileBatch


class FileBatches(Protocol):
    """Batches of a vector store. A file belongs to the batch that added it last.

    `file_counts` and `status` follow from the files and are true whenever a batch is read; what is given for them is
    not looked at.
    """

    async def insert(
        self, project: str, batch: VectorStoreFileBatch, files: Sequence[VectorStoreFile]
    ) -> VectorStoreFileBatch:
        """Add files to a vector store, each as `VectorStoreFiles.insert` does, all or nothing; the batch as it is now.

        Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
        """
        ...

    async def find(
        self, project: str, vector_store_id: str, batch_id: str
    ) -> VectorStoreFileBatch | None:
        """The batch, or None."""
        ...

    async def cancel(
        self, project: str, vector_store_id: str, batch_id: str
    ) -> VectorStoreFileBatch | None:
        """Let those of its files that are `in_progress` be `cancelled`; the batch as it is then, or None.

        It is `cancelled` if there were any, else it stays as it is.
        """
        ...
