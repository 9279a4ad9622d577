"""Batches: files that are added to a vector store together."""

from __future__ import annotations

from threadkeep.bus import Bus
from threadkeep.engine.signals import INGEST_SUBJECT
from threadkeep.engine.vector_store_files import new_vector_store_file
from threadkeep.errors import MissingError
from threadkeep.storage import Storage
from threadkeep.types import ids
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.vector_store import VectorStoreFileBatch
from threadkeep.types.vector_store_request import FileBatchCreate


class FileBatches:
    """The verbs of batches."""

    def __init__(self, storage: Storage, bus: Bus, clock: Clock, source: IdSource) -> None:
        self._storage = storage
        self._bus = bus
        self._clock = clock
        self._ids = source

    async def create(
        self, project: str, vector_store_id: str, body: FileBatchCreate
    ) -> VectorStoreFileBatch:
        """The files, added all or none; of a file that is named twice, the last word holds.

        Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
        """
        now = int(self._clock.now())
        batch = VectorStoreFileBatch(
            id=self._ids.make(ids.FILE_BATCH), created_at=now, vector_store_id=vector_store_id
        )
        named = {file.file_id: file for file in body.all_files}
        files = [new_vector_store_file(vector_store_id, file, now) for file in named.values()]
        inserted = await self._storage.file_batches.insert(project, batch, files)
        self._bus.publish(INGEST_SUBJECT, b"")
        return inserted

    async def find(self, project: str, vector_store_id: str, batch_id: str) -> VectorStoreFileBatch:
        """The batch as it is now. Raises `MissingError`."""
        batch = await self._storage.file_batches.find(project, vector_store_id, batch_id)
        if batch is None:
            raise MissingError("file batch", batch_id)
        return batch

    async def cancel(
        self, project: str, vector_store_id: str, batch_id: str
    ) -> VectorStoreFileBatch:
        """Give up its files that are not read yet; a batch that is done stays as it is. Raises `MissingError`."""
        batch = await self._storage.file_batches.cancel(project, vector_store_id, batch_id)
        if batch is None:
            raise MissingError("file batch", batch_id)
        return batch
