"""Files of vector stores in PostgreSQL, and the queue of those that are to be read.

Locks are taken in the order that the migration tells: files, vector stores, files of vector stores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from threadkeep.errors import MissingError
from threadkeep.storage import Chunk, IngestionRecord, Record, StoredPage
from threadkeep.storage.postgres.added_files import FilesToAdd, lock_for_files, write_files
from threadkeep.storage.postgres.chunk_rows import CHUNKS_AT_A_TIME, chunk_rows
from threadkeep.storage.postgres.chunk_vectors import insert_vectors_of_file, kept_spaces
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.embedding_spaces import EmbeddingSpaces
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.held_file import (
    HeldFile,
    end_file,
    fence_of,
    held_file,
    ingestion_record,
    insert_chunks,
    take_space,
)
from threadkeep.storage.postgres.paging import Listing, load_listing, read_page
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Session
from threadkeep.storage.postgres.vector_store_expiry import lock_vector_store
from threadkeep.types.clock import Clock
from threadkeep.types.codec import encode
from threadkeep.types.page import PageQuery
from threadkeep.types.run import LastError
from threadkeep.types.vector_store import VectorStoreFile

_FIND: Final = load_query("vector_store_files/find")
_UPDATE: Final = load_query("vector_store_files/update")
_DELETE: Final = load_query("vector_store_files/delete")
_ANY_UNREAD: Final = load_query("vector_store_files/any_unread")
_CLAIM_WAITING: Final = load_query("vector_store_files/claim_waiting")
_CLAIM_ORPHANED: Final = load_query("vector_store_files/claim_orphaned")
_OWNED: Final = load_query("vector_store_files/owned")
_RELEASE: Final = load_query("vector_store_files/release")

_NOUN: Final = "file"
_FOLDER: Final = "vector_store_files"
_LISTING: Final = load_listing(_NOUN, _FOLDER)
_LISTING_OF_STATUS: Final = load_listing(_NOUN, _FOLDER, "_of_status")
_LISTING_OF_BATCH: Final = load_listing(_NOUN, _FOLDER, "_of_batch")
_LISTING_OF_BATCH_AND_STATUS: Final = load_listing(_NOUN, _FOLDER, "_of_batch_and_status")


class VectorStoreFiles:
    """Files of a vector store. Those `in_progress` are the queue."""

    def __init__(self, database: Database, clock: Clock | None, spaces: EmbeddingSpaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

    async def insert(self, project: str, file: VectorStoreFile) -> None:
        """Add a file, `in_progress`. One that is there already keeps its place and is read anew.

        Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
        """
        added = FilesToAdd.of([file])

        async def work(session: Session) -> None:
            now = given_now(self._clock)
            await lock_for_files(session, project, file.vector_store_id, added, now)
            await write_files(session, project, file.vector_store_id, added)

        await self._database.write(work)

    async def find(
        self, project: str, vector_store_id: str, file_id: str
    ) -> Record[VectorStoreFile] | None:
        """The file, or None."""
        key = _key(project, vector_store_id, file_id)
        row = await self._database.read(lambda session: session.row(_FIND, **key))
        return None if row is None else Record(row[0], row[1], VectorStoreFile)

    async def update(self, project: str, file: VectorStoreFile, revision: int) -> bool:
        """Replace its attributes; False if it is no longer at `revision`."""
        row = _key(project, file.vector_store_id, file.id) | {"body": encode(file)}
        changed = await self._database.write(
            lambda session: session.change(_UPDATE, **row, revision=revision)
        )
        return changed == 1

    async def delete(self, project: str, vector_store_id: str, file_id: str) -> bool:
        """Take it out of the vector store; False if it was not in there."""
        key = _key(project, vector_store_id, file_id)

        async def work(session: Session) -> bool:
            now = given_now(self._clock)
            if await lock_vector_store(session, project, vector_store_id, now) is None:
                return False
            return await session.change(_DELETE, **key) == 1

        return await self._database.write(work)

    async def page(
        self,
        project: str,
        vector_store_id: str,
        query: PageQuery,
        *,
        status: str | None = None,
        batch_id: str | None = None,
    ) -> StoredPage:
        """A page of the vector store's files, or of those in one status, or of one batch, or both."""
        listing = _listing(status, batch_id)

        async def work(session: Session) -> StoredPage:
            return await read_page(
                session,
                listing,
                query,
                project=project,
                vector_store_id=vector_store_id,
                status=status,
                batch_id=batch_id,
            )

        try:
            return await self._database.read(work)
        except MissingError as error:
            raise MissingError("file", error.id, within=vector_store_id) from None

    async def claim(
        self, worker: str, limit: int, *, orphans: bool = True
    ) -> list[IngestionRecord]:
        """Give files `in_progress` to `worker`: at most `limit`, the oldest first."""

        async def work(session: Session) -> list[IngestionRecord]:
            rows = await session.rows(_CLAIM_WAITING, worker=worker, limit=limit)
            rows.sort(key=lambda row: row[0])
            if orphans and len(rows) < limit:
                now, rest = given_now(self._clock), limit - len(rows)
                rows += await session.rows(_CLAIM_ORPHANED, worker=worker, now=now, limit=rest)
            return [ingestion_record(row, worker) for row in rows]

        # Idle workers ask again and again: a look costs no commit.
        if not await self._database.read(lambda session: session.rows(_ANY_UNREAD)):
            return []
        return await self._database.write(work)

    async def owned(self, worker: str) -> list[IngestionRecord]:
        """The files `in_progress` that the worker holds."""
        rows = await self._database.read(lambda session: session.rows(_OWNED, worker=worker))
        return [ingestion_record(row, worker) for row in rows]

    async def release(self, record: IngestionRecord) -> bool:
        """Give the file back unread, if the fence lets it through; the attempt does not count."""
        released = await self._database.write(
            lambda session: session.change(_RELEASE, **fence_of(record))
        )
        return released == 1

    async def put_aside(
        self, record: IngestionRecord, chunks: Sequence[Chunk], position: int
    ) -> bool:
        """Keep chunks of the file until it is completed, if the fence lets it through."""
        for begin in range(0, len(chunks), CHUNKS_AT_A_TIME):
            few = chunks[begin : begin + CHUNKS_AT_A_TIME]
            if not await self._put_aside(record, few, position + begin):
                return False
        return True

    async def complete(
        self,
        record: IngestionRecord,
        chunks: Sequence[Chunk],
        usage_bytes: int,
        *,
        position: int = 0,
    ) -> bool:
        """Let the file be `completed`, and found in its chunks from now on, if the fence lets it through."""
        last = max(len(chunks) - 1, 0) // CHUNKS_AT_A_TIME * CHUNKS_AT_A_TIME
        if not await self.put_aside(record, chunks[:last], position):
            return False
        few, position = chunks[last:], position + last
        rows = await asyncio.to_thread(chunk_rows, few, position)
        seqs = await kept_spaces(self._spaces, few)

        async def work(session: Session) -> bool:
            held = await self._held_to_end(session, record)
            if held is None:
                return False
            await insert_chunks(session, held, rows)
            await insert_vectors_of_file(session, self._spaces, seqs, held, few, position)
            await take_space(session, record, held)
            completed = replace(
                held.file, status="completed", last_error=None, usage_bytes=usage_bytes
            )
            await end_file(
                session, record, completed, record.epoch, chunk_count=position + len(few)
            )
            return True

        return await self._database.write(work)

    async def fail(self, record: IngestionRecord, error: LastError) -> bool:
        """Let the file be `failed`, with `error` as its `last_error`, if the fence lets it through."""

        async def work(session: Session) -> bool:
            held = await self._held_to_end(session, record)
            if held is None:
                return False
            failed = replace(held.file, status="failed", last_error=error, usage_bytes=0)
            await end_file(session, record, failed, record.epoch + 1)
            return True

        return await self._database.write(work)

    async def _put_aside(
        self, record: IngestionRecord, chunks: Sequence[Chunk], position: int
    ) -> bool:
        """Write chunks that are not found before the file is completed; False if the fence is closed."""
        rows = await asyncio.to_thread(chunk_rows, chunks, position)
        seqs = await kept_spaces(self._spaces, chunks)

        async def work(session: Session) -> bool:
            held = await held_file(session, record)
            if held is None:
                return False
            await insert_chunks(session, held, rows)
            await insert_vectors_of_file(session, self._spaces, seqs, held, chunks, position)
            return True

        return await self._database.write(work)

    async def _held_to_end(self, session: Session, record: IngestionRecord) -> HeldFile | None:
        """The file, about to be counted otherwise than before: so the vector store is locked first."""
        store_id, now = record.vector_store_file.vector_store_id, given_now(self._clock)
        if await lock_vector_store(session, record.project, store_id, now) is None:
            return None
        return await held_file(session, record)


def _listing(status: str | None, batch_id: str | None) -> Listing:
    if batch_id is None:
        return _LISTING if status is None else _LISTING_OF_STATUS
    return _LISTING_OF_BATCH if status is None else _LISTING_OF_BATCH_AND_STATUS


def _key(project: str, vector_store_id: str, file_id: str) -> Parameters:
    return {"project": project, "vector_store_id": vector_store_id, "file_id": file_id}
