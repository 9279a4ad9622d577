"""PostgreSQL storages whose inner parts a test looks at, and servers of a test's own that it may kill."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from tests.support.manual_clock import ManualClock
from tests.support.postgres_server import PostgresServer
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.storage.postgres.connection import Database


@pytest.fixture
async def postgres_database(postgres_dsn: str) -> AsyncIterator[Database]:
    database = Database(postgres_dsn)
    await database.open(auto_migrate=True)
    yield database
    await database.close()


@pytest.fixture
async def postgres_storage(
    postgres_dsn: str, manual_clock: ManualClock
) -> AsyncIterator[PostgresStorage]:
    storage = PostgresStorage(postgres_dsn, manual_clock)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def traced_postgres(
    postgres_dsn: str, manual_clock: ManualClock, executed: list[str]
) -> AsyncIterator[PostgresStorage]:
    """What it executes is told to `executed`, and counted by `meter`."""
    storage = PostgresStorage(postgres_dsn, manual_clock, trace=executed.append)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that keeps what it acknowledged, and that the test may do anything to."""
    with _folder() as folder, _ended(PostgresServer(folder, durable=True)) as server:
        server.start()
        yield server


@pytest.fixture
def standby_postgres(own_postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A standby of `own_postgres`, which acknowledges no commit before the standby has it."""
    with _folder() as folder, _ended(own_postgres.make_standby(folder)) as standby:
        yield standby


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that a server can reach which runs as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="threadkeep-postgres-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _ended(server: PostgresServer) -> Iterator[PostgresServer]:
    try:
        yield server
    finally:
        server.kill()


async def deadlocks(dsn: str) -> int:
    """How many the server has met in this database; those who met them have left it."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(
            "select deadlocks from pg_stat_database where datname = current_database()"
        )
    finally:
        await connection.close()
