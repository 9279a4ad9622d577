"""A connection as the queries see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias, cast

from threadkeep.storage.postgres.query import Query

Row: TypeAlias = Sequence[Any]
Parameters: TypeAlias = dict[str, object]
Trace: TypeAlias = Callable[[str], None]
"""Is called with the name of each query before it is executed, and with `begin`, `commit` and `rollback`."""

_NUL: Final = "\0"
_NO_NUL: Final = "\ufffd"


class Connection(Protocol):
    """What is used of the driver's connection."""

    async def fetch(self, query: str, *args: object) -> list[Row]:
        """The rows of a statement."""
        ...

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
        """The status of a statement, such as `INSERT 0 1`; without arguments it may be several statements."""
        ...

    def is_closed(self) -> bool:
        """Whether it is of no more use."""
        ...

    def is_in_transaction(self) -> bool:
        """Whether a transaction was begun and not ended."""
        ...

    def terminate(self) -> None:
        """Close it without a word to the server."""
        ...


class Session:
    """Executes queries on one connection, one at a time. It `is_prepared` if transactions can begin the short way."""

    def __init__(
        self, connection: Connection, trace: Trace | None = None, *, is_prepared: bool = False
    ) -> None:
        self.connection = connection
        self.is_prepared = is_prepared
        self._trace = trace

    async def rows(self, query: Query, **parameters: object) -> list[Row]:
        """All rows that the query gives."""
        self.tell(query.name)
        return await self.connection.fetch(query.sql, *_arguments(query, parameters))

    async def row(self, query: Query, **parameters: object) -> Row | None:
        """The row that the query gives, or None; it must not give two."""
        rows = await self.rows(query, **parameters)
        return rows[0] if rows else None

    async def change(self, query: Query, **parameters: object) -> int:
        """How many rows the query inserted, updated or deleted."""
        self.tell(query.name)
        status = await self.connection.execute(query.sql, *_arguments(query, parameters))
        return int(status.rpartition(" ")[2])

    def tell(self, name: str) -> None:
        """Tell whoever traces."""
        if self._trace is not None:
            self._trace(name)


def _arguments(query: Query, parameters: Parameters) -> list[object]:
    return [_storable(parameters[name]) for name in query.parameters]


def _storable(value: object) -> object:
    """PostgreSQL's text holds no NUL: what is asked for by one is not there, so another character does as well."""
    if isinstance(value, str):
        return value.replace(_NUL, _NO_NUL) if _NUL in value else value
    if isinstance(value, list):
        return [_storable(item) for item in cast("list[object]", value)]
    return value
