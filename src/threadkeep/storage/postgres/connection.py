"""The database: what is read, what is written, and what is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.commit_mark import CommitMark
from threadkeep.storage.postgres.migration import migrate, require_known
from threadkeep.storage.postgres.patience import patiently
from threadkeep.storage.postgres.pool import Pool, connected, meets_pooler
from threadkeep.storage.postgres.primary import Primary, place_of
from threadkeep.storage.postgres.session import Session, Trace
from threadkeep.storage.postgres.transaction import Transaction, Work

T = TypeVar("T")


class Database:
    """One PostgreSQL database, which any number of processes may share."""

    def __init__(
        self,
        dsn: str,
        trace: Trace | None = None,
        *,
        connections: int = 8,
        patience_seconds: float = 30.0,
    ) -> None:
        self._dsn = dsn
        self._trace = trace
        self._patience_seconds = patience_seconds
        self._primary = Primary(dsn)
        self._pool = Pool(self._primary, connections)
        self._marks: list[CommitMark] = []
        self._writes: set[asyncio.Task[Any]] = set()
        self._turn = asyncio.Lock()
        self._is_open = False

    @property
    def label(self) -> str:
        """Where the records are."""
        return f"PostgreSQL database {place_of(self._dsn)}".rstrip()

    async def open(self, *, auto_migrate: bool) -> None:
        """Find the server, and bring the schema up to date or see that it is."""
        async with self._turn:
            if not self._is_open:
                await self._retrying(lambda: self._open(auto_migrate=auto_migrate))
                self._is_open = True

    async def migrate(self) -> tuple[int, int]:
        """Bring the schema up to date; its version before and now. It need not be open."""

        async def attempt() -> tuple[int, int]:
            async with connected(self._primary) as connection:
                return await migrate(connection, self.label)

        return await self._retrying(attempt)

    async def close(self) -> None:
        """Finish what is being written and leave the server."""
        async with self._turn:
            self._is_open = False
            while self._writes:
                await asyncio.wait(self._writes)
            await self._pool.close()

    async def read(self, work: Work[T]) -> T:
        """The result of `work`, which only reads, each statement by itself; it sees every write that was acknowledged.

        Like `write`, it goes on through an outage or a fail-over. Raises `StorageError` if that lasts too long.
        """
        self.require_open()
        return await self._patiently(work)

    async def write(self, work: Work[T]) -> T:
        """The result of `work` once its transaction is on disk, exactly once; if it raises, it wrote nothing.

        It is done even if the caller is cancelled.
        """
        self.require_open()
        task = asyncio.ensure_future(self._write(work))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    async def at_length(self, work: Work[T]) -> T:
        """The result of `work`, whose statements take as long as they need, each committed by itself.

        It may be called again, like all work.
        """
        self.require_open()

        async def attempt() -> T:
            async with connected(self._primary) as connection:
                return await work(Session(connection, self._trace))

        return await self._retrying(attempt)

    def require_open(self) -> None:
        """Raise `StorageError` unless it is open."""
        if not self._is_open:
            raise StorageError("The storage is not open.")

    async def _open(self, *, auto_migrate: bool) -> None:
        async with connected(self._primary) as connection:
            look_after = migrate if auto_migrate else require_known
            await look_after(connection, self.label)
            is_pooled = await meets_pooler(connection)
        await self._pool.open(is_pooled=is_pooled)

    async def _write(self, work: Work[T]) -> T:
        mark = self._marks.pop() if self._marks else CommitMark()
        mark.advance()
        transaction = Transaction(work, mark)
        try:
            return await self._patiently(transaction.attempt)
        except StorageError as error:
            if transaction.is_doubtful:
                doubt = "Whether the last write was kept is not known."
                raise StorageError(f"{error}. {doubt}") from error.__cause__
            raise
        finally:
            if not transaction.is_doubtful:
                self._marks.append(mark)

    async def _patiently(self, use: Callable[[Session], Awaitable[T]]) -> T:
        async def attempt() -> T:
            async with self._pool.connection() as connection:
                prepared = self._pool.prepares
                return await use(Session(connection, self._trace, is_prepared=prepared))

        return await self._retrying(attempt)

    async def _retrying(self, attempt: Callable[[], Awaitable[T]]) -> T:
        return await patiently(attempt, self._patience_seconds, self.label)
