"""The file and the connections to it: one thread that writes, a few that read."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import IO, Final, TypeVar

from threadkeep.errors import StorageError
from threadkeep.storage.sqlite.lane import Lane, Work, commit_together, read_each
from threadkeep.storage.sqlite.lock import lock_beside
from threadkeep.storage.sqlite.migration import migrate
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session, Trace

T = TypeVar("T")

MEMORY: Final = ":memory:"
_READERS: Final = 2
_READ_BATCH: Final = 16  # so that what comes behind a long read finds the other reader
_WRITE_BATCH: Final = 1000  # so that the first of a batch does not wait for ever
_BUSY_SECONDS: Final = 5.0  # for somebody who looks at the file with another program
_STATEMENTS: Final = 128  # more than there are, so that each is prepared once
_END_LEASES: Final = load_query("database/open")


class Database:
    """One SQLite file, or `:memory:`, that this process holds alone while it is open."""

    def __init__(self, path: str | Path, trace: Trace | None = None) -> None:
        self._path = None if str(path) == MEMORY else Path(path).absolute().resolve()
        self._trace = trace
        self._lock: IO[bytes] | None = None
        self._writer: Lane | None = None
        self._readers: Lane | None = None

    @property
    def label(self) -> str:
        """Where the records are."""
        return "SQLite in memory" if self._path is None else f"SQLite file {self._path}"

    async def open(self) -> None:
        """Lock the file, bring its schema up to date and start the threads."""
        if self._writer is None:
            await asyncio.to_thread(self._open)

    async def close(self) -> None:
        """Finish what waits, stop the threads and unlock the file."""
        await asyncio.to_thread(self._close)

    async def read(self, work: Work[T]) -> T:
        """The result of `work`, which only reads; it sees every write that was acknowledged."""
        return await self._opened(self._readers).do(work)

    async def write(self, work: Work[T]) -> T:
        """The result of `work`, once what it wrote is on disk; if it raises, it wrote nothing."""
        return await self._opened(self._writer).do(work)

    def _opened(self, lane: Lane | None) -> Lane:
        if lane is None:
            raise StorageError("The storage is not open.")
        return lane

    def _open(self) -> None:
        try:
            self._lock = lock_beside(self._path) if self._path is not None else None
            writer = self._ready_to_write()
            readers = [self._ready_to_read() for _ in range(_READERS)] if self._path else []
        except sqlite3.Error as error:
            self._unlock()
            raise StorageError(f"Cannot open {self._path}: {error}.") from error
        except StorageError:
            self._unlock()
            raise
        self._writer = Lane("writer", [writer], commit_together, batch_limit=_WRITE_BATCH)
        # What is in memory has one connection, so reads stand in line with writes.
        self._readers = (
            Lane("reader", readers, read_each, batch_limit=_READ_BATCH) if readers else self._writer
        )

    def _ready_to_write(self) -> Session:
        connection = self._connect()
        try:
            connection.execute("pragma synchronous = full")
            connection.execute("pragma foreign_keys = on")
            migrate(connection, self.label)
            self._use_write_ahead_log(connection)
            session = Session(connection, self._trace)
            # The file is ours alone: whoever holds a lease is gone, and its runs can be rescued at once.
            session.change(_END_LEASES)
        except BaseException:
            connection.close()
            raise
        return session

    def _ready_to_read(self) -> Session:
        connection = self._connect()
        connection.execute("pragma query_only = on")
        return Session(connection, self._trace)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._path or MEMORY,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )

    def _use_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        (mode,) = connection.execute("pragma journal_mode = wal").fetchone()
        if self._path is not None and mode != "wal":
            raise StorageError(f"{self._path} lies where SQLite cannot keep a write-ahead log.")

    def _close(self) -> None:
        for lane in (self._writer, self._readers):
            if lane is not None:
                lane.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
