"""SQLite storages whose inner parts a test looks at."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest

from tests.support.manual_clock import ManualClock
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.query import load_query


@pytest.fixture
def executed() -> list[str]:
    """The names of the queries that `traced_storage` has executed; clear it to begin anew."""
    return []


class Meter:
    """Counts what a call executes."""

    def __init__(self, executed: list[str]) -> None:
        self._executed = executed

    async def cost(self, call: Awaitable[object]) -> list[str]:
        self._executed.clear()
        await call
        return list(self._executed)


@pytest.fixture
def meter(executed: list[str]) -> Meter:
    """The meter of `traced_storage`."""
    return Meter(executed)


@pytest.fixture
async def traced_storage(
    tmp_path: Path, manual_clock: ManualClock, executed: list[str]
) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "records.db", manual_clock, trace=executed.append)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "records.db")
    await database.open()
    yield database
    await database.close()


def steps_of(connection: sqlite3.Connection, query: str, parameters: dict[str, object]) -> int:
    """How many steps the query takes; what it changes is undone."""
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1

    connection.execute("begin")
    connection.set_progress_handler(tick, 1)
    try:
        connection.execute(load_query(query).sql, parameters).fetchall()
    finally:
        connection.set_progress_handler(None, 1)
        connection.execute("rollback")
    return count
