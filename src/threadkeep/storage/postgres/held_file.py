"""Files that a worker reads: what it still has of them, and what it writes of them."""

from __future__ import annotations

from typing import Final, NamedTuple

from threadkeep.storage import IngestionRecord
from threadkeep.storage.postgres.chunk_rows import scope
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Row, Session
from threadkeep.types.codec import decode, encode
from threadkeep.types.file import File
from threadkeep.types.vector_store import VectorStoreFile

_FENCE: Final = load_query("vector_store_files/fence")
_END: Final = load_query("vector_store_files/end")
_INSERT_CHUNKS: Final = load_query("chunks/insert")
_TAKE_SPACE: Final = load_query("vector_stores/take_space")


class HeldFile(NamedTuple):
    """A file that the worker still has, and that the transaction has locked."""

    seq: int
    vector_store: int
    file: VectorStoreFile
    epoch: int


def ingestion_record(row: Row, worker: str) -> IngestionRecord:
    """The record of a row with the columns of `vector_store_files/owned`."""
    _, project, file, body, epoch, attempts = row
    return IngestionRecord(
        project=project,
        file=decode(file, File),
        vector_store_file=decode(body, VectorStoreFile),
        worker=worker,
        epoch=epoch,
        attempts=attempts,
    )


def key_of(record: IngestionRecord) -> Parameters:
    """The primary key of its row."""
    file = record.vector_store_file
    return {
        "project": record.project,
        "vector_store_id": file.vector_store_id,
        "file_id": file.id,
    }


def fence_of(record: IngestionRecord) -> Parameters:
    """The key, and what the row still has if the worker has not lost the file."""
    return key_of(record) | {"seen_worker": record.worker, "seen_epoch": record.epoch}


async def held_file(session: Session, record: IngestionRecord) -> HeldFile | None:
    """The file as it is now, locked; None if the worker has lost it."""
    row = await session.row(_FENCE, **fence_of(record))
    if row is None:
        return None
    seq, vector_store, body = row
    return HeldFile(seq, vector_store, decode(body, VectorStoreFile), record.epoch)


async def insert_chunks(session: Session, held: HeldFile, rows: Parameters) -> None:
    """Keep chunks of a file, with the columns of `chunk_rows`."""
    owner = {"scope": scope(held.vector_store), "file": held.seq, "epoch": held.epoch}
    await session.change(_INSERT_CHUNKS, **owner, **rows)


async def take_space(session: Session, record: IngestionRecord, held: HeldFile) -> None:
    """Let a vector store that has no vectors yet be searched in the space of this file's, if it has any."""
    await session.change(
        _TAKE_SPACE,
        project=record.project,
        vector_store_id=held.file.vector_store_id,
        file=held.seq,
        epoch=held.epoch,
    )


async def end_file(
    session: Session,
    record: IngestionRecord,
    file: VectorStoreFile,
    epoch: int,
    *,
    chunk_count: int = 0,
) -> None:
    """Write a file whose reading is over. A new epoch gives up the chunks that were put aside."""
    await session.change(
        _END,
        **key_of(record),
        status=file.status,
        body=encode(file),
        usage_bytes=file.usage_bytes,
        chunk_count=chunk_count,
        epoch=epoch,
    )
