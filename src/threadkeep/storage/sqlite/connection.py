"""The file and the connections to it: one thread that writes, one that reads, and two for what takes long."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from threadkeep.errors import StorageError
from threadkeep.storage.sqlite.batch import commit_together, read_each
from threadkeep.storage.sqlite.job import Work
from threadkeep.storage.sqlite.lane import Lane
from threadkeep.storage.sqlite.lock import lock_beside
from threadkeep.storage.sqlite.migration import migrate, require_known
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session, Trace

T = TypeVar("T")
Watch: TypeAlias = Callable[[sqlite3.Connection, ExitStack], None]
"""Looks at the connection that writes, before it does; the stack is closed when it is."""

MEMORY: Final = ":memory:"
_SEARCHERS: Final = 2
_BATCH: Final = 1000  # so that the first of a batch does not wait for ever
_BUSY_SECONDS: Final = 5.0  # for somebody who looks at the file with another program
_STATEMENTS: Final = 256  # more than there are, so that each is prepared once
_OLDEST_SQLITE: Final = (3, 33, 0)  # generated columns, upserts, `sqlite_schema`
_END_LEASES: Final = load_query("database/open")


class Database:
    """One SQLite file, or `:memory:`, that this process holds alone while it is open."""

    def __init__(
        self, path: str | Path, trace: Trace | None = None, *, auto_migrate: bool = True
    ) -> None:
        self._auto_migrate = auto_migrate
        self._path = None if str(path) == MEMORY else Path(path).resolve()
        self._trace = trace
        self._watches: list[Watch] = []
        self._turn = asyncio.Lock()
        self._held = ExitStack()
        self._writer: Lane | None = None
        self._reader: Lane | None = None
        self._searcher: Lane | None = None

    @property
    def path(self) -> Path | None:
        """The file; None if everything is in memory."""
        return self._path

    @property
    def label(self) -> str:
        """Where the records are."""
        return "SQLite in memory" if self._path is None else f"SQLite file {self._path}"

    def on_open(self, watch: Watch) -> None:
        """Call `watch` each time that it is opened."""
        self._watches.append(watch)

    async def open(self) -> None:
        """Lock the file, bring its schema up to date and start the threads."""
        async with self._turn:
            if self._writer is None:
                await asyncio.to_thread(self._open)

    async def migrate(self) -> tuple[int, int]:
        """Bring the schema of a file that is not open up to date; its version before and now."""
        async with self._turn:
            return await asyncio.to_thread(self._migrate)

    async def close(self) -> None:
        """Finish what waits, stop the threads and unlock the file."""
        async with self._turn:
            await asyncio.to_thread(self._close)

    def read(self, work: Work[T]) -> Awaitable[T]:
        """The result of `work`, which reads a little; it sees every write that was acknowledged."""
        return _opened(self._reader).do(work)

    def search(self, work: Work[T]) -> Awaitable[T]:
        """The same for what looks at so much that no `read` shall wait behind it."""
        return _opened(self._searcher).do(work)

    def write(self, work: Work[T]) -> Awaitable[T]:
        """The result of `work`, once what it wrote is on disk; if it raises, it wrote nothing."""
        return _opened(self._writer).do(work)

    def _open(self) -> None:
        with ExitStack() as held:
            try:
                self._take(held)
                writer = self._session_to_write(held)
                # Each connection to `:memory:` is another database: there reads stand in line with writes.
                count = 0 if self._path is None else 1 + _SEARCHERS
                readers = [self._session_to_read(held) for _ in range(count)]
            except sqlite3.Error as error:
                raise StorageError(f"Cannot open {self.label}: {error}.") from error
            self._held = held.pop_all()
        self._start(writer, readers)

    def _migrate(self) -> tuple[int, int]:
        with ExitStack() as held:
            try:
                self._take(held)
                return migrate(self._connect(held), self.label)
            except sqlite3.Error as error:
                raise StorageError(f"Cannot migrate {self.label}: {error}.") from error

    def _take(self, held: ExitStack) -> None:
        """Let no other process have the file."""
        _require_sqlite()
        if self._path is not None:
            held.enter_context(lock_beside(self._path))

    def _start(self, writer: Session, readers: list[Session]) -> None:
        self._writer = Lane("writer", [writer], commit_together, batch_limit=_BATCH)
        self._reader = self._searcher = self._writer
        if readers:
            # A second one would contend with it for the interpreter's lock, and take longer for both.
            self._reader = Lane("reader", readers[:1], read_each, batch_limit=_BATCH)
            self._searcher = Lane("searcher", readers[1:], read_each, batch_limit=1)

    def _session_to_write(self, held: ExitStack) -> Session:
        connection = self._connect(held)
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
        # What a savepoint might have to undo need not go through a file.
        connection.execute("pragma temp_store = memory")
        look_after = migrate if self._auto_migrate or self._path is None else require_known
        look_after(connection, self.label)
        (mode,) = connection.execute("pragma journal_mode = wal").fetchone()
        if self._path is not None and mode != "wal":
            raise StorageError(f"{self.label} lies where no write-ahead log can be kept.")
        session = Session(connection, self._trace)
        # The file is ours alone, so whoever held a lease is gone and its runs can be rescued at once.
        session.change(_END_LEASES)
        for watch in self._watches:
            watch(connection, held)
        return session

    def _session_to_read(self, held: ExitStack) -> Session:
        connection = self._connect(held)
        connection.execute("pragma query_only = on")
        return Session(connection, self._trace)

    def _connect(self, held: ExitStack) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path or MEMORY,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
        held.callback(connection.close)
        return connection

    def _close(self) -> None:
        for lane in (self._writer, self._reader, self._searcher):
            if lane is not None:
                lane.close()
        self._writer = self._reader = self._searcher = None
        self._held.close()


def _opened(lane: Lane | None) -> Lane:
    if lane is None:
        raise StorageError("The storage is not open.")
    return lane


def _require_sqlite() -> None:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        oldest = ".".join(str(part) for part in _OLDEST_SQLITE)
        found = f"this Python brings {sqlite3.sqlite_version}"
        raise StorageError(f"SQLite {oldest} or newer is needed; {found}.")
