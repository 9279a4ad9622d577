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
    "vector_stores": ("project", "id"),
    "file_batches": ("project", "id"),
    "vector_store_files": ("project", "vector_store_id", "file_id"),
    "chunks": ("vector_store_file", "epoch", "position"),
    "idempotency_keys": ("project", "key"),
}
"""What tables are read in the order of."""
_ROWS: Final[Mapping[str, str]] = {
    "chunks": (
        "chunks join vector_store_files as owner on owner.seq = chunks.vector_store_file"
        " and owner.epoch = chunks.epoch and owner.status = 'completed'"
        " join vector_stores as store"
        " on store.project = owner.project and store.id = owner.vector_store_id"
    ),
    "idempotency_keys": "(select * from idempotency_keys where answer is not null) as idempotency_keys",
}
"""Where those rows are of which not all travel."""
_FROM_ELSEWHERE: Final = {("chunks", "vector_store"): "store.seq"}
_SEQUENCES: Final[Mapping[str, str]] = {
    "files": "files_seq_seq",
    "assistants": "assistants_seq_seq",
    "threads": "threads_seq_seq",
    "messages": "messages_seq",
    "runs": "runs_seq",
    "run_steps": "run_steps_seq",
    "vector_stores": "vector_stores_seq_seq",
    "vector_store_files": "vector_store_files_seq_seq",
}
"""What numbers the rows of a table."""
_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "seq", "last_active_at", "expires_after_days", "usage_bytes", "chunk_count",
            "vector_store_file",
        ),
        "bigint",
    ),
    **dict.fromkeys(
        (
            "revision", "epoch", "attempts", "event_epoch", "first_event", "last_event",
            "position", "overlap", "word_count", "page",
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

    def __init__(self, database: Database) -> None:
        self._database = database

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
        query, key = _dump_query(table, is_first=after is None), _KEYS[table.name]
        values: Parameters = dict(zip((f"after_{name}" for name in key), after or [], strict=False))
        rows = await self._database.read(lambda session: session.rows(query, limit=limit, **values))
        places = [table.columns.index(name) for name in key]
        cursor = [rows[-1][place] for place in places] if len(rows) == limit else None
        return Dump([_portable(table, row) for row in rows], cursor)

    async def load(
        self, table: PortableTable, rows: Sequence[PortableRow], progress: CopyProgress
    ) -> None:
        """Write rows, and how far the copy has come with them, in one go."""
        columns: Parameters = {
            name: [row[place] for row in rows] for place, name in enumerate(table.columns)
        }
        if table.name == "chunks":
            columns = await asyncio.to_thread(_with_words, columns)
        query = _load_query(table)

        async def work(session: Session) -> None:
            await session.change(query, **columns)
            await _note(session, progress)

        await self._database.write(work)

    async def counts(self) -> dict[str, int]:
        """How many rows there are to travel, by table."""
        return {table.name: await self._count(table) for table in TABLES}

    async def end(self) -> None:
        """The copy is whole: what is numbered next comes after it."""

        async def work(session: Session) -> None:
            for table, sequence in _SEQUENCES.items():
                await session.rows(_continue_query(table, sequence))
            await session.change(_END)

        await self._database.write(work)

    async def _count(self, table: PortableTable) -> int:
        query = _query(f"count_{table.name}", f"select count(*) from {_rows_of(table)}")
        row = await self._database.read(lambda session: session.row(query))
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


def _dump_query(table: PortableTable, *, is_first: bool) -> Query:
    columns = ", ".join(
        _FROM_ELSEWHERE.get((table.name, name), f"{table.name}.{name}") for name in table.columns
    )
    key = ", ".join(f"{table.name}.{name}" for name in _KEYS[table.name])
    after = ", ".join(f":after_{name}" for name in _KEYS[table.name])
    where = "" if is_first else f"where ({key}) > ({after})"
    sql = f"select {columns} from {_rows_of(table)} {where} order by {key} limit :limit"
    return _query(f"dump_{table.name}", sql)


def _load_query(table: PortableTable) -> Query:
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


def _portable(table: PortableTable, row: Row) -> PortableRow:
    """What is text elsewhere is in UTF-8 here."""
    if table.name != "chunks":
        return tuple(row)
    place = table.columns.index("text")
    return (*row[:place], row[place].decode(), *row[place + 1 :])


async def _note(session: Session, progress: CopyProgress) -> None:
    await session.change(_NOTE, progress=msgspec.json.encode(progress))
