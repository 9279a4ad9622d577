"""Rows of PostgreSQL on their way to and from another storage.

Tables are alike here, so that their statements are made of their columns; the order is that of an index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from threadkeep.errors import StorageError
from threadkeep.storage import Chunk
from threadkeep.storage.contract.transfer import (
    TABLES,
    CopyProgress,
    Cursor,
    Dump,
    PortableRow,
    PortableTable,
)
from threadkeep.storage.postgres.chunk_rows import chunk_rows, scope
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.embedding_spaces import EmbeddingSpaces
from threadkeep.storage.postgres.portable_vectors import (
    load_vectors_query,
    portable_vectors,
    vector_bytes,
    vector_columns,
)
from threadkeep.storage.postgres.query import Query, load_query, parse_query
from threadkeep.storage.postgres.session import Parameters, Row, Session

_PROGRESS: Final = load_query("transfer/progress")
_NOTE: Final = load_query("transfer/note")
_END: Final = load_query("transfer/end")

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "files": ("project", "id"),
    "assistants": ("project", "id"),
    "assistant_files": ("project", "assistant_id", "file_id"),
    "threads": ("project", "id"),
    "thread_files": ("project", "thread_id", "file_id"),
    "messages": ("project", "thread_id", "id"),
    "runs": ("project", "thread_id", "id"),
    "run_steps": ("project", "thread_id", "id"),
    "embedding_spaces": ("seq",),
    "vector_stores": ("project", "id"),
    "file_batches": ("project", "id"),
    "vector_store_files": ("project", "vector_store_id", "file_id"),
    "chunks": ("vector_store_file", "epoch", "position"),
    "chunk_vectors": ("chunk", "embedding_space"),
    "idempotency_keys": ("project", "key"),
}
"""What tables are read in the order of."""
_FOUND: Final = (
    "join vector_store_files as owner on owner.seq = chunks.vector_store_file"
    " and owner.epoch = chunks.epoch and owner.status = 'completed'"
)
_ROWS: Final[Mapping[str, str]] = {
    "chunks": (
        f"chunks {_FOUND} join vector_stores as store"
        " on store.project = owner.project and store.id = owner.vector_store_id"
    ),
    "chunk_vectors": (
        "(select * from chunk_vectors where place = 0) as chunk_vectors"
        f" join chunks on chunks.seq = chunk_vectors.chunk {_FOUND}"
    ),
    "idempotency_keys": "(select * from idempotency_keys where answer is not null) as idempotency_keys",
}
"""Where those rows are of which not all travel."""
_FROM_ELSEWHERE: Final = {
    ("chunks", "vector_store"): "store.seq",
    ("chunk_vectors", "position"): "chunks.position",
}
_VECTORS_OF_CHUNK: Final = (
    "(select string_agg({vector}, '' order by place) from chunk_vectors as each_vector"
    " where each_vector.chunk = chunk_vectors.chunk"
    " and each_vector.embedding_space = chunk_vectors.embedding_space)"
)
_SEQUENCES: Final[Mapping[str, str]] = {
    "files": "files_seq_seq",
    "assistants": "assistants_seq_seq",
    "threads": "threads_seq_seq",
    "messages": "messages_seq",
    "runs": "runs_seq",
    "run_steps": "run_steps_seq",
    "embedding_spaces": "embedding_spaces_seq_seq",
    "vector_stores": "vector_stores_seq_seq",
    "vector_store_files": "vector_store_files_seq_seq",
}
"""What numbers the rows of a table."""
_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "seq", "last_active_at", "expires_after_days", "usage_bytes", "chunk_count",
            "vector_store_file", "embedding_space",
        ),
        "bigint",
    ),
    **dict.fromkeys(
        (
            "revision", "epoch", "attempts", "event_epoch", "first_event", "last_event",
            "position", "overlap", "word_count", "page", "dimensions",
        ),
        "integer",
    ),
    **dict.fromkeys(("due_at", "queued_at", "expires_at", "begun_at"), "double precision"),
    **dict.fromkeys(("body", "parked_usage", "fingerprint", "answer"), "bytea"),
    "is_cancelled": "boolean",
}  # fmt: skip
"""Of columns that are no text."""
_LOAD_CHUNKS: Final = load_query("transfer/load_chunks")
_LOAD_IDEMPOTENCY_KEYS: Final = load_query("transfer/load_idempotency_keys")


class Transfer:
    """Reads and writes all rows of the database."""

    def __init__(self, database: Database, spaces: EmbeddingSpaces) -> None:
        self._database = database
        self._spaces = spaces

    async def progress(self) -> CopyProgress | None:
        """The copy into this database that was begun and not ended."""
        row = await self._database.read(lambda session: session.row(_PROGRESS))
        return None if row is None else msgspec.json.decode(row[0], type=CopyProgress)

    async def begin(self, source: str) -> CopyProgress:
        """Begin a copy from `source`, or go on with the one that was broken off."""
        begun = await self.progress()
        if begun is not None and begun.source == source:
            return begun
        if begun is not None or any((await self.counts()).values()):
            raise StorageError(
                f"{self._database.label} has records already; a copy needs an empty one."
            )
        progress = CopyProgress(source=source)
        await self._database.write(lambda session: _note(session, progress))
        return progress

    async def dump(self, table: PortableTable, after: Cursor | None, limit: int) -> Dump:
        """The rows after the cursor, from the beginning if it is None."""
        compares = await self._database.read(self._spaces.compares)
        query = _dump_query(table, compares=compares, is_first=after is None)
        keys = (f"after_{name}" for name in _KEYS[table.name])
        values: Parameters = dict(zip(keys, after or [], strict=False))
        rows = await self._database.read(lambda session: session.rows(query, limit=limit, **values))
        cursor = [*rows[-1][len(table.columns) :]] if len(rows) == limit else None
        return Dump([_portable(table, row, compares=compares) for row in rows], cursor)

    async def load(
        self, table: PortableTable, rows: Sequence[PortableRow], progress: CopyProgress
    ) -> None:
        """Write rows, and how far the copy has come with them, in one go."""
        compares = await self._database.read(self._spaces.compares)
        columns = await self._columns(table, rows, compares=compares)
        query = _load_query(table, compares=compares)

        async def work(session: Session) -> None:
            await session.change(query, **columns)
            await _note(session, progress)

        await self._database.write(work)

    async def counts(self) -> dict[str, int]:
        """How many rows there are to travel, by table."""

        async def work(session: Session) -> dict[str, int]:
            return {table.name: await _count(session, table) for table in TABLES}

        return await self._database.at_length(work)

    async def end(self) -> None:
        """The copy is whole: what is numbered next comes after it."""
        await self._spaces.index_all()

        async def work(session: Session) -> None:
            for table, sequence in _SEQUENCES.items():
                await session.rows(_continue_query(table, sequence))
            await session.change(_END)

        await self._database.write(work)

    async def _columns(
        self, table: PortableTable, rows: Sequence[PortableRow], *, compares: bool
    ) -> Parameters:
        """The rows in columns, with what follows from them."""
        if table.name == "chunk_vectors":
            spaces = await self._database.read(self._spaces.all)
            return await asyncio.to_thread(vector_columns, rows, spaces, compares=compares)
        columns: Parameters = {
            name: [row[place] for row in rows] for place, name in enumerate(table.columns)
        }
        if table.name == "chunks":
            return await asyncio.to_thread(_with_words, columns)
        return columns


async def _count(session: Session, table: PortableTable) -> int:
    query = _query(f"count_{table.name}", f"select count(*) from {_rows_of(table)}")
    row = await session.row(query)
    assert row is not None
    return row[0]


def _with_words(columns: Parameters) -> Parameters:
    """Chunks with what their search needs: the words of each, and those of its vector store."""
    texts: list[str] = columns["text"]  # pyright: ignore[reportAssignmentType]
    stores: list[int] = columns.pop("vector_store")  # pyright: ignore[reportAssignmentType]
    made = chunk_rows([Chunk(text=text) for text in texts], 0)
    return columns | {
        "scope": [scope(store) for store in stores],
        "text": made["texts"],
        "word_count": made["word_counts"],
        "words": made["words"],
    }


def _query(name: str, sql: str) -> Query:
    return parse_query(f"transfer/{name}", sql)


def _rows_of(table: PortableTable) -> str:
    return _ROWS.get(table.name, table.name)


def _dump_query(table: PortableTable, *, compares: bool, is_first: bool) -> Query:
    """What travels, and behind it the key of the row."""
    vectors = _VECTORS_OF_CHUNK.format(vector=vector_bytes(compares=compares))
    elsewhere = _FROM_ELSEWHERE | {("chunk_vectors", "vectors"): vectors}
    columns = ", ".join(
        elsewhere.get((table.name, name), f"{table.name}.{name}") for name in table.columns
    )
    key = ", ".join(f"{table.name}.{name}" for name in _KEYS[table.name])
    after = ", ".join(f":after_{name}" for name in _KEYS[table.name])
    where = "" if is_first else f"where ({key}) > ({after})"
    sql = f"select {columns}, {key} from {_rows_of(table)} {where} order by {key} limit :limit"
    return _query(f"dump_{table.name}", sql)


def _load_query(table: PortableTable, *, compares: bool) -> Query:
    if table.name == "chunk_vectors":
        return load_vectors_query(compares=compares)
    if table.name == "chunks":
        return _LOAD_CHUNKS
    if table.name == "idempotency_keys":
        return _LOAD_IDEMPOTENCY_KEYS
    columns = ", ".join(table.columns)
    arrays = ", ".join(f"cast(:{name} as {_TYPES.get(name, 'text')}[])" for name in table.columns)
    sql = (
        f"insert into {table.name} ({columns}) overriding system value"
        f" select {columns} from unnest({arrays}) as given ({columns}) on conflict do nothing"
    )
    return _query(f"load_{table.name}", sql)


def _continue_query(table: str, sequence: str) -> Query:
    sql = f"select setval('{sequence}', (select coalesce(max(seq), 0) from {table}) + 1, false)"
    return _query(f"continue_{table}", sql)


def _portable(table: PortableTable, row: Row, *, compares: bool) -> PortableRow:
    """The row without its key, and with what stands otherwise elsewhere."""
    values = dict(zip(table.columns, row, strict=False))
    if table.name == "chunks":
        values["text"] = values["text"].decode()
    if table.name == "chunk_vectors":
        values["vectors"] = portable_vectors(values["vectors"], compares=compares)
    return (*values.values(),)


async def _note(session: Session, progress: CopyProgress) -> None:
    await session.change(_NOTE, progress=msgspec.json.encode(progress))
