"""Files of vector stores in SQLite, and the queue of those that are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace

from threadkeep.errors import MissingError
from threadkeep.storage import Chunk, IngestionRecord, Record, StoredPage
from threadkeep.storage.sqlite.chunks import CHUNKS_AT_A_TIME, chunk_rows, insert_chunks
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.paging import Listing, load_listing, read_page
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Parameters, Row, Session
from threadkeep.storage.sqlite.vector_store_expiry import refusal
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode, encode
from threadkeep.types.file import File
from threadkeep.types.page import PageQuery
from threadkeep.types.run import LastError
from threadkeep.types.vector_store import VectorStoreFile

_WRITE: Final = load_query("vector_store_files/write")
_FIND: Final = load_query("vector_store_files/find")
_UPDATE: Final = load_query("vector_store_files/update")
_DELETE: Final = load_query("vector_store_files/delete")
_CLAIM_WAITING: Final = load_query("vector_store_files/claim_waiting")
_CLAIM_ORPHANED: Final = load_query("vector_store_files/claim_orphaned")
_CLAIM: Final = load_query("vector_store_files/claim")
_OWNED: Final = load_query("vector_store_files/owned")
_RELEASE: Final = load_query("vector_store_files/release")
_FENCE: Final = load_query("vector_store_files/fence")
_END: Final = load_query("vector_store_files/end")

_NOUN: Final = "file"
_FOLDER: Final = "vector_store_files"
_LISTING: Final = load_listing(_NOUN, _FOLDER)
_LISTING_OF_STATUS: Final = load_listing(_NOUN, _FOLDER, "_of_status")
_LISTING_OF_BATCH: Final = load_listing(_NOUN, _FOLDER, "_of_batch")
_LISTING_OF_BATCH_AND_STATUS: Final = load_listing(_NOUN, _FOLDER, "_of_batch_and_status")


class VectorStoreFiles:
    """Files of a vector store. Those `in_progress` are the queue."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def insert(self, project: str, file: VectorStoreFile) -> None:
        """Add a file, `in_progress`. One that is there already keeps its place and is read anew.

        Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
        """
        row = file_row(project, file)
        await self._database.write(lambda session: write_file(session, row, self._clock.now()))

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
        deleted = await self._database.write(lambda session: session.change(_DELETE, **key))
        return deleted == 1

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

        def work(session: Session) -> StoredPage:
            return read_page(
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

        def work(session: Session) -> list[IngestionRecord]:
            rows = session.rows(_CLAIM_WAITING, limit=limit)
            if orphans and len(rows) < limit:
                now, rest = self._clock.now(), limit - len(rows)
                rows += session.rows(_CLAIM_ORPHANED, worker=worker, now=now, limit=rest)
            return [_claim(session, row, worker) for row in rows]

        return await self._database.write(work)

    async def owned(self, worker: str) -> list[IngestionRecord]:
        """The files `in_progress` that the worker holds."""
        rows = await self._database.read(lambda session: session.rows(_OWNED, worker=worker))
        return [_record(row, worker) for row in rows]

    async def release(self, record: IngestionRecord) -> bool:
        """Give the file back unread, if the fence lets it through; the attempt does not count."""
        fence: Parameters = {"seen_worker": record.worker, "seen_epoch": record.epoch}
        released = await self._database.write(
            lambda session: session.change(_RELEASE, **_record_key(record), **fence)
        )
        return released == 1

    async def put_aside(
        self, record: IngestionRecord, chunks: Sequence[Chunk], position: int
    ) -> bool:
        """Keep chunks of the file until it is completed, if the fence lets it through."""
        return await self._put_aside(record, chunk_rows(chunks, position))

    async def complete(
        self,
        record: IngestionRecord,
        chunks: Sequence[Chunk],
        usage_bytes: int,
        *,
        position: int = 0,
    ) -> bool:
        """Let the file be `completed`, and found in its chunks from now on, if the fence lets it through."""
        rows = chunk_rows(chunks, position)
        last = max(len(rows) - 1, 0) // CHUNKS_AT_A_TIME * CHUNKS_AT_A_TIME
        if not await self._put_aside(record, rows[:last]):
            return False

        def work(session: Session) -> bool:
            held = _held_file(session, record, rows[last:])
            if held is None:
                return False
            completed = replace(held, status="completed", last_error=None, usage_bytes=usage_bytes)
            _end(session, record.project, completed, record.epoch, chunk_count=position + len(rows))
            return True

        return await self._database.write(work)

    async def fail(self, record: IngestionRecord, error: LastError) -> bool:
        """Let the file be `failed`, with `error` as its `last_error`, if the fence lets it through."""

        def work(session: Session) -> bool:
            held = _held_file(session, record)
            if held is None:
                return False
            failed = replace(held, status="failed", last_error=error, usage_bytes=0)
            _end(session, record.project, failed, record.epoch + 1)
            return True

        return await self._database.write(work)

    async def _put_aside(self, record: IngestionRecord, rows: Sequence[Parameters]) -> bool:
        """Write chunks that are not found before the file is completed; False if the fence is closed."""
        for begin in range(0, len(rows), CHUNKS_AT_A_TIME):
            few = rows[begin : begin + CHUNKS_AT_A_TIME]
            held = await self._database.write(partial(_held_file, record=record, rows=few))
            if held is None:
                return False
        return True


def file_row(project: str, file: VectorStoreFile, batch_id: str | None = None) -> Parameters:
    """What the row of a file that is added holds."""
    return _key(project, file.vector_store_id, file.id) | {
        "batch_id": batch_id,
        "status": file.status,
        "body": encode(file),
    }


def write_file(session: Session, row: Parameters, now: float) -> None:
    """Add a file, or add it anew. Raises `MissingError` or `VectorStoreExpiredError`."""
    if not session.change(_WRITE, **row, now=now):
        project, vector_store_id, file_id = (
            str(row[name]) for name in ("project", "vector_store_id", "file_id")
        )
        raise refusal(session, project, vector_store_id, now, file_id=file_id)


def cancel_file(session: Session, project: str, file: VectorStoreFile, epoch: int) -> None:
    """Let a file that this transaction has found `in_progress` at `epoch` be `cancelled`."""
    _end(session, project, replace(file, status="cancelled"), epoch + 1)


def _key(project: str, vector_store_id: str, file_id: str) -> Parameters:
    return {"project": project, "vector_store_id": vector_store_id, "file_id": file_id}


def _listing(status: str | None, batch_id: str | None) -> Listing:
    if batch_id is None:
        return _LISTING if status is None else _LISTING_OF_STATUS
    return _LISTING_OF_BATCH if status is None else _LISTING_OF_BATCH_AND_STATUS


def _record(row: Row, worker: str) -> IngestionRecord:
    """The record of a row with the columns of `vector_store_files/owned`."""
    project, file, body, epoch, attempts = row
    return IngestionRecord(
        project=project,
        file=decode(file, File),
        vector_store_file=decode(body, VectorStoreFile),
        worker=worker,
        epoch=epoch,
        attempts=attempts,
    )


def _claim(session: Session, row: Row, worker: str) -> IngestionRecord:
    found = _record(row, worker)
    record = replace(found, epoch=found.epoch + 1, attempts=found.attempts + 1)
    held = {"worker": worker, "epoch": record.epoch, "attempts": record.attempts}
    session.change(_CLAIM, **_record_key(record), **held)
    return record


def _record_key(record: IngestionRecord) -> Parameters:
    file = record.vector_store_file
    return _key(record.project, file.vector_store_id, file.id)


def _held_file(
    session: Session, record: IngestionRecord, rows: Sequence[Parameters] = ()
) -> VectorStoreFile | None:
    """The file as it is now, with these chunks put aside; None, and nothing done, if the worker has lost it."""
    key = _record_key(record)
    row = session.row(_FENCE, **key, epoch=record.epoch, worker=record.worker)
    if row is None:
        return None
    vector_store_file, vector_store, body = row
    owner: Parameters = {
        "vector_store": vector_store,
        "vector_store_file": vector_store_file,
        "epoch": record.epoch,
    }
    insert_chunks(session, owner, rows)
    return decode(body, VectorStoreFile)


def _end(
    session: Session, project: str, file: VectorStoreFile, epoch: int, *, chunk_count: int = 0
) -> None:
    """Write a file whose reading is over. A new epoch gives up the chunks that were put aside."""
    session.change(
        _END,
        **_key(project, file.vector_store_id, file.id),
        status=file.status,
        body=encode(file),
        usage_bytes=file.usage_bytes,
        chunk_count=chunk_count,
        epoch=epoch,
    )
