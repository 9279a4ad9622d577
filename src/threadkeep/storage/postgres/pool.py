"""Connections to PostgreSQL: as many as are needed at once, each used by one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, cast
from urllib.parse import urlsplit

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.driver import asyncpg
from threadkeep.storage.postgres.failure import spoils_connection
from threadkeep.storage.postgres.session import Connection

_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 15.0  # longer than the server lets a statement run
_CLOSE_SECONDS: Final = 5.0
_STATEMENTS: Final = 512  # more than there are, so that each is prepared once
_BY_INDEX: Final = {
    # Each statement is made for its index. A plan that is kept must not be the one that suits a table while it is
    # empty, which is to read all of it.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}


class Pool:
    """At most `size` connections to the server that can be written to, of all that the DSN names."""

    def __init__(self, dsn: str, size: int) -> None:
        self._dsn = dsn
        self._size = size
        self._pool: Any = None

    async def open(self) -> None:
        """Find the server and out whether a pooler stands between."""
        if self._pool is None:
            is_pooled = await self._meets_pooler()
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=0,
                max_size=self._size,
                timeout=_CONNECT_SECONDS,
                command_timeout=_ANSWER_SECONDS,
                target_session_attrs="read-write",
                reset=_leave_as_it_is,
                # Behind a pooler the next statement may meet another server, which has prepared nothing. Then each is
                # planned anew for the tables as they are.
                statement_cache_size=0 if is_pooled else _STATEMENTS,
                server_settings={} if is_pooled else _BY_INDEX,
            )

    async def close(self) -> None:
        """Wait for those who use a connection, and close all."""
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), _CLOSE_SECONDS)
            except TimeoutError:
                pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A connection, outside of any transaction; one that fails in the hands of the caller is not used again."""
        if self._pool is None:
            raise StorageError("The storage is not open.")
        async with self._pool.acquire() as connection:
            try:
                yield connection
            except BaseException as error:
                if _is_closed(connection):
                    raise ConnectionResetError("The connection was lost.") from error
                if spoils_connection(error):
                    connection.terminate()
                raise

    async def _meets_pooler(self) -> bool:
        """Whether who greets us is not who answers: a pooler hands each transaction to any of its servers."""
        async with connected(self._dsn) as connection:
            (answering,) = (await connection.fetch("select pg_backend_pid()"))[0]
            return cast("Any", connection).get_server_pid() != answering


@asynccontextmanager
async def connected(dsn: str) -> AsyncGenerator[Connection]:
    """A connection of its own, for what may take long."""
    try:
        connection: Any = await asyncpg.connect(
            dsn,
            timeout=_CONNECT_SECONDS,
            target_session_attrs="read-write",
            statement_cache_size=0,
        )
    except ValueError:  # what it says might hold the password
        raise StorageError("The address of the PostgreSQL database cannot be read.") from None
    try:
        yield connection
    finally:
        with suppress(Exception):
            await connection.close(timeout=_CLOSE_SECONDS)


def place_of(dsn: str) -> str:
    """Servers and database of a DSN, without name and password; nothing if these cannot be told apart for sure."""
    parts = urlsplit(dsn)
    credentials, at, servers = parts.netloc.rpartition("@")
    is_sure = at if "@" in dsn else not credentials
    return f"{servers}{parts.path}" if is_sure and "@" not in parts.path else ""


def _is_closed(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # it has left the pool already
        return True


async def _leave_as_it_is(_: object) -> None:
    """Nothing is left behind in a session that would have to be reset."""
