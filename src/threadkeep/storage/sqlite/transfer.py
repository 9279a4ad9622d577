"""Rows of SQLite on their way to and from another storage.

Tables are alike here, so that their statements are made of their columns; the order is that of an index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from threadkeep.errors import StorageError
from threadkeep.storage.contract.transfer import (
    TABLES,
    CopyProgress,
    Cursor,
    Dump,
    PortableRow,
    PortableTable,
)
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.query import Query, load_query
from threadkeep.storage.sqlite.session import Parameters, Session

_PROGRESS: Final = load_query("transfer/progress")
_NOTE: Final = load_query("transfer/note")
_END: Final = load_query("transfer/end")
_LOAD_CHUNK_VECTORS: Final = load_query("transfer/load_chunk_vectors")

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "assistant_files": ("project", "assistant_id", "file_id"),
    "thread_files": ("project", "thread_id", "file_id"),
    "file_batches": ("project", "id"),
    "chunks": ("vector_store_file", "epoch", "position"),
    "idempotency_keys": ("project", "key"),
}
"""What tables are read in the order of; the others have `seq`."""
_FOUND: Final = (
    "join vector_store_files as owner on owner.seq = chunks.vector_store_file"
    " and owner.epoch = chunks.epoch and owner.status = 'completed'"
)
_ROWS: Final[Mapping[str, str]] = {
    "chunks": f"chunks {_FOUND}",
    "chunk_vectors": f"chunk_vectors join chunks on chunks.seq = chunk_vectors.chunk {_FOUND}",
}
"""Where those rows are of which not all travel."""
_FROM_ELSEWHERE: Final = {("chunk_vectors", "position"): "chunks.position"}
_BOOLEANS: Final = frozenset({"is_cancelled"})


class Transfer:
    """Reads and writes all rows of the file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def progress(self) -> CopyProgress | None:
        """The copy into this file that was begun and not ended."""
        row = await self._database.search(lambda session: session.row(_PROGRESS))
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
        query = _dump_query(table, is_first=after is None)
        keys = (f"after_{name}" for name in _key(table))
        values: Parameters = dict(zip(keys, after or [], strict=False))
        rows = await self._database.search(
            lambda session: session.rows(query, limit=limit, **values)
        )
        cursor = [*rows[-1][len(table.columns) :]] if len(rows) == limit else None
        return Dump([_portable(table, row) for row in rows], cursor)

    async def load(
        self, table: PortableTable, rows: Sequence[PortableRow], progress: CopyProgress
    ) -> None:
        """Write rows, and how far the copy has come with them, in one go."""
        query = _load_query(table)

        def work(session: Session) -> None:
            for row in rows:
                session.change(query, **dict(zip(table.columns, row, strict=True)))
            _note(session, progress)

        await self._database.write(work)

    async def counts(self) -> dict[str, int]:
        """How many rows there are to travel, by table."""
        return {table.name: await self._count(table) for table in TABLES}

    async def end(self) -> None:
        """The copy is whole."""
        await self._database.write(lambda session: session.change(_END))

    async def _count(self, table: PortableTable) -> int:
        query = Query(f"transfer/count_{table.name}", f"select count(*) from {_rows_of(table)}")
        row = await self._database.search(lambda session: session.row(query))
        assert row is not None
        return row[0]


def _key(table: PortableTable) -> tuple[str, ...]:
    return _KEYS.get(table.name, ("seq",))


def _rows_of(table: PortableTable) -> str:
    return _ROWS.get(table.name, table.name)


def _dump_query(table: PortableTable, *, is_first: bool) -> Query:
    """What travels, and behind it the key of the row."""
    columns = ", ".join(
        _FROM_ELSEWHERE.get((table.name, name), f"{table.name}.{name}") for name in table.columns
    )
    key = ", ".join(f"{table.name}.{name}" for name in _key(table))
    after = ", ".join(f":after_{name}" for name in _key(table))
    where = "" if is_first else f"where ({key}) > ({after})"
    sql = f"select {columns}, {key} from {_rows_of(table)} {where} order by {key} limit :limit"
    return Query(f"transfer/dump_{table.name}", sql)


def _load_query(table: PortableTable) -> Query:
    if table.name == "chunk_vectors":
        return _LOAD_CHUNK_VECTORS
    columns = ", ".join(table.columns)
    values = ", ".join(f":{name}" for name in table.columns)
    sql = f"insert into {table.name} ({columns}) values ({values}) on conflict do nothing"
    return Query(f"transfer/load_{table.name}", sql)


def _portable(table: PortableTable, row: Sequence[Any]) -> PortableRow:
    """SQLite has numbers where others have booleans."""
    return tuple(
        bool(value) if name in _BOOLEANS else value
        for name, value in zip(table.columns, row, strict=False)
    )


def _note(session: Session, progress: CopyProgress) -> None:
    session.change(_NOTE, progress=msgspec.json.encode(progress))
