"""Files, vector stores and their files to keep in a storage, with ids that were never used before."""

from __future__ import annotations

from typing import Any

from tests.support.records import PROJECT
from threadkeep.storage import Chunk, IngestionRecord, Storage
from threadkeep.types import ids
from threadkeep.types.file import File
from threadkeep.types.run import LastError
from threadkeep.types.vector_store import VectorStore, VectorStoreFile, VectorStoreFileBatch

UNREADABLE = LastError(code="invalid_file", message="The file could not be parsed.")
_ids = ids.RandomIds()


def new_file(**fields: Any) -> File:
    given: dict[str, Any] = {
        "id": _ids.make(ids.FILE),
        "purpose": "assistants",
        "filename": "notes.txt",
    }
    return File(**given | fields)


def new_vector_store(**fields: Any) -> VectorStore:
    given: dict[str, Any] = {"id": _ids.make(ids.VECTOR_STORE), "last_active_at": 1_700_000_000}
    return VectorStore(**given | fields)


def new_vector_store_file(store: VectorStore, file: File, **fields: Any) -> VectorStoreFile:
    given: dict[str, Any] = {"id": file.id, "vector_store_id": store.id, "attributes": {}}
    return VectorStoreFile(**given | fields)


def new_batch(store: VectorStore, **fields: Any) -> VectorStoreFileBatch:
    given: dict[str, Any] = {"id": _ids.make(ids.FILE_BATCH), "vector_store_id": store.id}
    return VectorStoreFileBatch(**given | fields)


async def keep_file(storage: Storage, project: str = PROJECT, **fields: Any) -> File:
    """A file that is in storage."""
    file = new_file(**fields)
    await storage.files.insert(project, file)
    return file


async def keep_vector_store(storage: Storage, project: str = PROJECT, **fields: Any) -> VectorStore:
    """A vector store without files that is in storage."""
    return await storage.vector_stores.insert(project, new_vector_store(**fields))


async def add_file(
    storage: Storage, store: VectorStore, project: str = PROJECT, **fields: Any
) -> VectorStoreFile:
    """A new file, waiting in the vector store to be read."""
    file = new_vector_store_file(store, await keep_file(storage, project), **fields)
    await storage.vector_store_files.insert(project, file)
    return file


async def claim_file(storage: Storage, worker: str = "worker-1") -> IngestionRecord:
    """The one file that waits to be read, given to `worker`."""
    (record,) = await storage.vector_store_files.claim(worker, 10)
    return record


async def add_text(
    storage: Storage,
    store: VectorStore,
    *texts: str,
    project: str = PROJECT,
    filename: str = "notes.txt",
    **fields: Any,
) -> VectorStoreFile:
    """A file of the vector store that is completed, with a chunk for each text. No other may be waiting."""
    kept = await keep_file(storage, project, filename=filename)
    file = new_vector_store_file(store, kept, **fields)
    await storage.vector_store_files.insert(project, file)
    record = await claim_file(storage)
    chunks = [Chunk(text=text) for text in texts]
    usage_bytes = sum(len(text.encode()) for text in texts)
    assert await storage.vector_store_files.complete(record, chunks, usage_bytes)
    return file


async def found_vector_store(
    storage: Storage, store: VectorStore, project: str = PROJECT
) -> VectorStore:
    """The vector store as it is now."""
    record = await storage.vector_stores.find(project, store.id)
    assert record is not None
    return record.value


async def found_file(
    storage: Storage, file: VectorStoreFile, project: str = PROJECT
) -> VectorStoreFile:
    """The file of a vector store as it is now."""
    record = await storage.vector_store_files.find(project, file.vector_store_id, file.id)
    assert record is not None
    return record.value
