"""The files of vector stores: adding, changing, reading and removing them."""

from __future__ import annotations

import msgspec

from threadkeep.bus import Bus
from threadkeep.engine.changing import change
from threadkeep.engine.signals import INGEST_SUBJECT
from threadkeep.errors import MissingError
from threadkeep.storage import Storage
from threadkeep.types.chunking_request import chunking_strategy
from threadkeep.types.clock import Clock
from threadkeep.types.vector_store import FileContentPage, SearchContent, VectorStoreFile
from threadkeep.types.vector_store_request import VectorStoreFileCreate, VectorStoreFileUpdate


class VectorStoreFiles:
    """The verbs of a vector store's files."""

    def __init__(self, storage: Storage, bus: Bus, clock: Clock) -> None:
        self._storage = storage
        self._bus = bus
        self._clock = clock

    async def create(
        self, project: str, vector_store_id: str, body: VectorStoreFileCreate
    ) -> VectorStoreFile:
        """The file as it is now in the vector store: to be read, also if it was in there before.

        Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
        """
        file = new_vector_store_file(vector_store_id, body, int(self._clock.now()))
        await self._storage.vector_store_files.insert(project, file)
        kept = await self._storage.vector_store_files.find(project, vector_store_id, file.id)
        self._bus.publish(INGEST_SUBJECT, b"")
        return kept.value if kept else file

    async def update(
        self, project: str, vector_store_id: str, file_id: str, body: VectorStoreFileUpdate
    ) -> VectorStoreFile:
        """The file with other attributes; null clears them. Raises `MissingError`."""
        files = self._storage.vector_store_files
        return await change(
            lambda: files.find(project, vector_store_id, file_id),
            lambda file, revision: files.update(project, file, revision),
            lambda file: msgspec.structs.replace(file, attributes=body.attributes or {}),
            MissingError("file", file_id, within=vector_store_id),
        )

    async def delete(self, project: str, vector_store_id: str, file_id: str) -> None:
        """Take it out of the vector store; the file itself stays. Raises `MissingError`."""
        if not await self._storage.vector_store_files.delete(project, vector_store_id, file_id):
            raise MissingError("file", file_id, within=vector_store_id)

    async def content(self, project: str, vector_store_id: str, file_id: str) -> FileContentPage:
        """The text that was found in the file; none before it is completed. Raises `MissingError`."""
        texts = await self._storage.chunks.texts(project, vector_store_id, file_id)
        if texts is None:
            raise MissingError("file", file_id, within=vector_store_id)
        return FileContentPage(data=[SearchContent(text=text) for text in texts])


def new_vector_store_file(
    vector_store_id: str, body: VectorStoreFileCreate, now: int
) -> VectorStoreFile:
    """A file that a vector store is to have, as it will be kept, from what a caller sent."""
    return VectorStoreFile(
        id=body.file_id,
        created_at=now,
        vector_store_id=vector_store_id,
        chunking_strategy=chunking_strategy(body.chunking_strategy),
        attributes=body.attributes or {},
    )
