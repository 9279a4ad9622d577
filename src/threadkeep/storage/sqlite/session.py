"""A connection as the queries see it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, TypeAlias

from threadkeep.storage.sqlite.query import Query, numbered

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = dict[str, object]
Trace: TypeAlias = Callable[[str], None]
"""Is called with the name of each query before it is executed, on a thread of the storage's."""


class Session:
    """Executes queries on one connection; to be used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, trace: Trace | None = None) -> None:
        self.connection = connection
        self._trace = trace

    def rows(self, query: Query, **parameters: object) -> list[Row]:
        """All rows that the query gives."""
        return self._execute(query, parameters).fetchall()

    def row(self, query: Query, **parameters: object) -> Row | None:
        """The row that the query gives, or None; it must not give two."""
        rows = self._execute(query, parameters).fetchall()
        return rows[0] if rows else None

    def change(self, query: Query, **parameters: object) -> int:
        """How many rows the query inserted, updated or deleted."""
        return self._execute(query, parameters).rowcount

    def _execute(self, query: Query, parameters: Parameters) -> sqlite3.Cursor:
        if self._trace is not None:
            self._trace(query.name)
        sql, names = numbered(query.sql)
        return self.connection.execute(sql, [parameters[name] for name in names])
