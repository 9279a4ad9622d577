"""Batches in PostgreSQL. Their counts stand in columns, and are put into the object as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from threadkeep.storage.file_counts import file_counts
from threadkeep.storage.postgres.added_files import FilesToAdd, lock_for_files, write_files
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Row, Session
from threadkeep.storage.postgres.vector_store_expiry import lock_vector_store
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode, encode
from threadkeep.types.vector_store import VectorStoreFile, VectorStoreFileBatch

_INSERT: Final = load_query("file_batches/insert")
_FIND: Final = load_query("file_batches/find")
_IN_PROGRESS: Final = load_query("file_batches/in_progress")
_CANCEL: Final = load_query("file_batches/cancel")
_CANCEL_FILES: Final = load_query("vector_store_files/cancel")


class FileBatches:
    """Batches of a vector store; their counts and status are true whenever they are read."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock

    async def insert(
        self, project: str, batch: VectorStoreFileBatch, files: Sequence[VectorStoreFile]
    ) -> VectorStoreFileBatch:
        """Add files to a vector store, all or nothing; the batch as it is now.

        Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
        """
        key = _key(project, batch.vector_store_id, batch.id)
        body, added = encode(batch), FilesToAdd.of(files)

        async def work(session: Session) -> VectorStoreFileBatch:
            now = given_now(self._clock)
            await lock_for_files(session, project, batch.vector_store_id, added, now)
            await session.change(_INSERT, **key, body=body)
            await write_files(session, project, batch.vector_store_id, added, batch.id)
            (kept,) = await session.rows(_FIND, **key)
            return _batch(kept)

        return await self._database.write(work)

    async def find(
        self, project: str, vector_store_id: str, batch_id: str
    ) -> VectorStoreFileBatch | None:
        """The batch, or None."""
        key = _key(project, vector_store_id, batch_id)
        row = await self._database.read(lambda session: session.row(_FIND, **key))
        return None if row is None else _batch(row)

    async def cancel(
        self, project: str, vector_store_id: str, batch_id: str
    ) -> VectorStoreFileBatch | None:
        """Let those of its files that are `in_progress` be `cancelled`; the batch as it is then, or None."""
        key = _key(project, vector_store_id, batch_id)

        async def work(session: Session) -> VectorStoreFileBatch | None:
            now = given_now(self._clock)
            if await lock_vector_store(session, project, vector_store_id, now) is None:
                return None
            await _cancel_unread(session, key)
            row = await session.row(_FIND, **key)
            return None if row is None else _batch(row)

        return await self._database.write(work)


async def _cancel_unread(session: Session, key: Parameters) -> None:
    """Cancel a batch of a vector store that the transaction has locked, if any of its files is unread."""
    rows = await session.rows(_IN_PROGRESS, **key)
    if rows:
        files = [decode(body, VectorStoreFile) for _, body in rows]
        bodies = [encode(replace(file, status="cancelled")) for file in files]
        await session.change(_CANCEL_FILES, seqs=[seq for seq, _ in rows], bodies=bodies)
        await session.change(_CANCEL, **key)


def _key(project: str, vector_store_id: str, batch_id: str) -> Parameters:
    return {"project": project, "vector_store_id": vector_store_id, "id": batch_id}


def _batch(row: Row) -> VectorStoreFileBatch:
    """The batch of a row with the columns of `file_batches/find`."""
    body, is_cancelled, *counters = row
    counts = file_counts(*counters)
    ended = "cancelled" if is_cancelled else "completed"
    status = "in_progress" if counts.in_progress else ended
    return replace(decode(body, VectorStoreFileBatch), status=status, file_counts=counts)
