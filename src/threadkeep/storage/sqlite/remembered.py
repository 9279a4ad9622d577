"""What is read far more often than it changes, remembered: nobody else has the file.

A row is read on the thread that writes, in line with all changes, and a trigger tells of each change, whatever made it:
so what is remembered is never older than what was acknowledged.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from threading import Lock
from typing import Final, Generic, TypeVar

from threadkeep.storage import Record
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.query import Query
from threadkeep.storage.sqlite.session import Row, Session
from threadkeep.types.resource import Resource

ResourceT = TypeVar("ResourceT", bound=Resource)

_MOST: Final = 256
"""So many objects are remembered."""
_LONGEST: Final = 64 * 1024
"""Longer ones are not."""
_TELL: Final = """
create temp trigger {event}_of_{table} after {event} on main.{table}
begin select forget_{table}(old.project, old.id); end
"""


class Remembered(Generic[ResourceT]):
    """The objects of a table, which `find` reads by project and id."""

    def __init__(self, database: Database, table: str, find: Query, type_: type[ResourceT]) -> None:
        self._database = database
        self._table = table
        self._find = find
        self._type: type[ResourceT] = type_
        self._known: dict[tuple[str, str], Record[ResourceT]] = {}
        self._changes = 0
        self._turn = Lock()
        database.on_open(self._watch)

    async def find(self, project: str, id: str) -> Record[ResourceT] | None:
        """The object, or None."""
        known = self._known.get((project, id))
        return known if known is not None else await self._read(project, id)

    async def _read(self, project: str, id: str) -> Record[ResourceT] | None:
        def work(session: Session) -> tuple[Row | None, int]:
            return session.row(self._find, project=project, id=id), self._changes

        row, changes = await self._database.write(work)
        if row is None:
            return None
        record = Record(row[0], row[1], self._type)
        with self._turn:
            if changes == self._changes and len(record.body) <= _LONGEST:
                self._remember((project, id), record)
        return record

    def _remember(self, key: tuple[str, str], record: Record[ResourceT]) -> None:
        self._known[key] = record
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]

    def _watch(self, connection: sqlite3.Connection, held: ExitStack) -> None:
        """Be told of each change that this connection, the only one to write, is about to commit."""
        held.callback(self._forget_all)
        connection.create_function(f"forget_{self._table}", 2, self._forget)
        for event in ("update", "delete"):
            connection.execute(_TELL.format(event=event, table=self._table))

    def _forget(self, project: str, id: str) -> None:
        with self._turn:
            self._changes += 1
            self._known.pop((project, id), None)

    def _forget_all(self) -> None:
        with self._turn:
            self._changes += 1
            self._known.clear()
