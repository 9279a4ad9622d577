"""Connections to PostgreSQL: as many as are needed at once, each used by one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, cast

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.commit_mark import prepare_marks
from threadkeep.storage.postgres.driver import asyncpg
from threadkeep.storage.postgres.failure import spoils_all_connections, spoils_connection
from threadkeep.storage.postgres.primary import Primary
from threadkeep.storage.postgres.session import Connection

_ANSWER_SECONDS: Final = 15.0  # longer than the server lets a statement run
_CLOSE_SECONDS: Final = 5.0
_STATEMENTS: Final = 512  # more than there are, so that each is prepared once
_BY_INDEX: Final = {
    # Each statement is made for its index. A plan that is kept must not be the one that suits a table while it is
    # empty, which is to read all of it, and sort it.
    "enable_seqscan": "off",
    "enable_sort": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    # For a row or two the server would plan anew each time, which takes longer than the rest.
    "plan_cache_mode": "force_generic_plan",
}


class Pool:
    """At most `size` connections to the server that can be written to."""

    def __init__(self, primary: Primary, size: int) -> None:
        self._primary = primary
        self._size = size
        self._pool: Any = None
        self.prepares = False
        """Whether its connections are prepared for transactions."""

    async def open(self, *, is_pooled: bool) -> None:
        """Be ready to connect; `is_pooled` says that a pooler stands between."""
        self.prepares = not is_pooled
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                connect=self._primary.connect,
                min_size=0,
                max_size=self._size,
                command_timeout=_ANSWER_SECONDS,
                reset=_leave_as_it_is,
                init=prepare_marks if self.prepares else None,
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
        pool = self._pool
        if pool is None:
            raise StorageError("The storage is not open.")
        async with pool.acquire() as connection:
            try:
                yield connection
            except BaseException as error:
                if spoils_all_connections(error):
                    await pool.expire_connections()
                if _is_closed(connection):
                    raise ConnectionResetError("The connection was lost.") from error
                # Whatever failed, nobody is to find himself in the middle of somebody else's transaction.
                if spoils_connection(error) or connection.is_in_transaction():
                    connection.terminate()
                raise


@asynccontextmanager
async def connected(primary: Primary) -> AsyncGenerator[Connection]:
    """A connection of its own, for what may take long."""
    connection = await primary.connect(statement_cache_size=0)
    try:
        yield connection
    finally:
        with suppress(Exception):
            await cast("Any", connection).close(timeout=_CLOSE_SECONDS)


async def meets_pooler(connection: Connection) -> bool:
    """Whether who greets us is not who answers: a pooler hands each transaction to any of its servers."""
    (answering,) = (await connection.fetch("select pg_backend_pid()"))[0]
    return cast("Any", connection).get_server_pid() != answering


def _is_closed(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # it has left the pool already
        return True


async def _leave_as_it_is(_: object) -> None:
    """Nothing is left behind in a session that would have to be reset."""
