"""Batches in SQLite. Their counts stand in columns, and are put into the object as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from threadkeep.storage.file_counts import file_counts
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Parameters, Row, Session
from threadkeep.storage.sqlite.vector_store_expiry import refusal
from threadkeep.storage.sqlite.vector_store_files import cancel_file, file_row, write_file
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode, encode
from threadkeep.types.vector_store import VectorStoreFile, VectorStoreFileBatch

_INSERT: Final = load_query("file_batches/insert")
_FIND: Final = load_query("file_batches/find")
_IN_PROGRESS: Final = load_query("file_batches/in_progress")
_CANCEL: Final = load_query("file_batches/cancel")


class FileBatches:
    """Batches of a vector store; their counts and status are true whenever they are read."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def insert(
        self, project: str, batch: VectorStoreFileBatch, files: Sequence[VectorStoreFile]
    ) -> VectorStoreFileBatch:
        """Add files to a vector store, all or nothing; the batch as it is now.

        Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
        """
        key = _key(project, batch.vector_store_id, batch.id)
        body = encode(batch)
        file_rows = [file_row(project, file, batch.id) for file in files]

        def work(session: Session) -> VectorStoreFileBatch:
            now = self._clock.now()
            if not session.change(_INSERT, **key, body=body, now=now):
                raise refusal(session, project, batch.vector_store_id, now)
            for row in file_rows:
                write_file(session, row, now)
            (kept,) = session.rows(_FIND, **key)
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

        def work(session: Session) -> VectorStoreFileBatch | None:
            unread = session.rows(_IN_PROGRESS, **key)
            for body, epoch in unread:
                cancel_file(session, project, decode(body, VectorStoreFile), epoch)
            if unread:
                session.change(_CANCEL, **key)
            row = session.row(_FIND, **key)
            return None if row is None else _batch(row)

        return await self._database.write(work)


def _key(project: str, vector_store_id: str, batch_id: str) -> Parameters:
    return {"project": project, "vector_store_id": vector_store_id, "id": batch_id}


def _batch(row: Row) -> VectorStoreFileBatch:
    """The batch of a row with the columns of `file_batches/find`."""
    body, is_cancelled, *counters = row
    counts = file_counts(*counters)
    ended = "cancelled" if is_cancelled else "completed"
    status = "in_progress" if counts.in_progress else ended
    return replace(decode(body, VectorStoreFileBatch), status=status, file_counts=counts)
