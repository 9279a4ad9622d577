"""Empty databases for tests on one PostgreSQL server, which runs for as long as the tests do.

`THREADKEEP_TEST_POSTGRES` names a server to be used instead. To empty a database takes some milliseconds, to make one
takes a hundred: whoever is done with one leaves it to the next. A connection to each stays open, since the first
deletion over a new one has to read the whole catalogue.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.support.postgres_server import PostgresServer
from threadkeep.storage.postgres.migration import migrate
from threadkeep.transport.background_loop import BackgroundLoop

DSN_VARIABLE: Final = "THREADKEEP_TEST_POSTGRES"
_EMPTYING: Final = """
select string_agg(
    format(case when c.relkind = 'i' then 'drop index %I' else 'delete from %I' end, c.relname),
    '; ' order by c.oid desc
)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and not c.relispartition and (
    c.relkind in ('r', 'p') and c.relname <> 'schema_version'
    or c.relkind = 'i' and c.relname like 'chunk_vectors_of_space_%'
)
"""
"""Nothing but the schema is left: indexes over vectors are made as they come."""
_SEND_AWAY: Final = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""


class PostgresDatabases:
    """Databases by the folder of the test that uses them; the server is started when the first is asked for."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._server: PostgresServer | None = None
        self._address = ""
        self._template = ""
        self._made: list[str] = []
        self._free: list[str] = []
        self._taken: dict[Path, str] = {}
        self._connections: dict[str, Any] = {}

    def of(self, folder: Path) -> str:
        """The DSN of the folder's own database, empty when it is first asked for."""
        self._take_back(lambda taken: not taken.exists())
        if folder not in self._taken:
            self._taken[folder] = self._an_empty_one()
        return self._dsn(self._taken[folder])

    def address(self) -> str:
        """The address of the server, where databases are made."""
        if not self._template:
            self._start()
        return self._address

    def take_back_all(self) -> None:
        """The test is over."""
        self._take_back(lambda _: True)

    def close(self) -> None:
        """Leave nothing behind."""
        if self._connections:
            _run(self._hang_up())
        if self._server is not None and self._folder is not None:
            self._server.kill()
            shutil.rmtree(self._folder, ignore_errors=True)
        elif self._made:
            for name in [*self._made, self._template]:
                _run(_execute(self._address, f"drop database if exists {name} with (force)"))

    def _take_back(self, is_over: Any) -> None:
        for folder in [folder for folder in self._taken if is_over(folder)]:
            self._free.append(self._taken.pop(folder))

    def _an_empty_one(self) -> str:
        if not self._template:
            self._start()
        if self._free:
            name = self._free.pop()
            _run(self._empty(name))
            return name
        name = f"{self._template}_{len(self._made)}"
        self._made.append(name)
        _run(_execute(self._address, f"create database {name} template {self._template}"))
        return name

    def _start(self) -> None:
        self._address = os.environ.get(DSN_VARIABLE, "")
        if not self._address:
            self._folder = Path(tempfile.mkdtemp(prefix="threadkeep-postgres-"))
            self._server = PostgresServer(self._folder)
            self._server.start()
            self._address = self._server.dsn()
        template = f"threadkeep_test_{secrets.token_hex(4)}"
        _run(_execute(self._address, f"create database {template}"))
        self._template = template
        _run(_migrate(self._dsn(template)))

    async def _empty(self, database: str) -> None:
        connection = self._connections.get(database)
        if connection is None or connection.is_closed():
            connection = self._connections[database] = await asyncpg.connect(self._dsn(database))
        await connection.execute(_SEND_AWAY)
        await connection.execute(await connection.fetchval(_EMPTYING))

    async def _hang_up(self) -> None:
        for connection in self._connections.values():
            await connection.close()

    def _dsn(self, database: str) -> str:
        return urlsplit(self._address)._replace(path=f"/{database}").geturl()


def _run(call: Coroutine[Any, Any, None]) -> None:
    """Do it on another thread: the caller may be on an event loop."""
    _loop().run(call)


@cache
def _loop() -> BackgroundLoop:
    return BackgroundLoop()


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _migrate(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await migrate(connection, "The template of the tests")
    finally:
        await connection.close()


DATABASES: Final = PostgresDatabases()


@contextmanager
def bare_database() -> Iterator[str]:
    """The address of a database in which there is nothing yet; it is gone afterwards."""
    name = f"threadkeep_bare_{secrets.token_hex(4)}"
    server = DATABASES.address()
    _run(_execute(server, f"create database {name}"))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        _run(_execute(server, f"drop database {name} with (force)"))


@contextmanager
def fresh_database() -> Iterator[str]:
    """The address of a database with the schema, whose tables nobody has written to or vacuumed yet."""
    with bare_database() as dsn:
        _run(_migrate(dsn))
        yield dsn


@pytest.fixture(scope="session", autouse=True)
def _postgres_ends_with_the_tests() -> Iterator[None]:
    yield
    DATABASES.close()


@pytest.fixture(autouse=True)
def _postgres_databases_are_taken_back() -> Iterator[None]:
    yield
    DATABASES.take_back_all()


@pytest.fixture
def postgres_dsn(tmp_path: Path) -> str:
    """The address of an empty database."""
    return DATABASES.of(tmp_path)
