"""Storage in a PostgreSQL database, for any number of processes: the contract of `threadkeep.storage`, in plain SQL.

`connection.py` reads, writes and tries again, `group_commit.py` writes what is written often; each noun stands in a
file of its own, each statement under `queries/`. Nothing depends on a session, so that a pooler such as PgBouncer may
hand out connections by the transaction.
"""

from __future__ import annotations

import time
from typing import Final

from threadkeep.storage.postgres.assistants import Assistants
from threadkeep.storage.postgres.chunks import Chunks
from threadkeep.storage.postgres.clock import DatabaseClock
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.embedding_spaces import EmbeddingSpaces
from threadkeep.storage.postgres.file_batches import FileBatches
from threadkeep.storage.postgres.files import Files
from threadkeep.storage.postgres.group_commit import GroupCommit
from threadkeep.storage.postgres.idempotency_keys import IdempotencyKeys
from threadkeep.storage.postgres.messages import Messages
from threadkeep.storage.postgres.overview import Overview
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.run_steps import RunSteps
from threadkeep.storage.postgres.runs import Runs
from threadkeep.storage.postgres.session import Session, Trace
from threadkeep.storage.postgres.threads import Threads
from threadkeep.storage.postgres.transfer import Transfer
from threadkeep.storage.postgres.vector_store_files import VectorStoreFiles
from threadkeep.storage.postgres.vector_stores import VectorStores
from threadkeep.storage.postgres.workers import Workers
from threadkeep.types.clock import Clock

_CHECK_WRITE: Final = load_query("database/check_write")
_CHECK_READ: Final = load_query("database/check_read")
_FORGET_MARKS: Final = load_query("database/forget_marks")


class PostgresStorage:
    """Everything in one PostgreSQL database; `dsn` may name several servers, of which one can be written to.

    `clock` takes the place of the database's own. `trace` is called with the name of each query, and with `begin`,
    `commit` and `rollback`. An outage is waited out for `patience_seconds`. At most `connections` are open.
    """

    def __init__(
        self,
        dsn: str,
        clock: Clock | None = None,
        *,
        trace: Trace | None = None,
        auto_migrate: bool = True,
        patience_seconds: float = 30.0,
        connections: int = 8,
    ) -> None:
        self._auto_migrate = auto_migrate
        self._database = Database(
            dsn, trace, connections=connections, patience_seconds=patience_seconds
        )
        self._together = GroupCommit(self._database)
        self._database_clock = DatabaseClock()
        self.clock: Clock = clock or self._database_clock
        self.assistants = Assistants(self._database)
        self.threads = Threads(self._database, self._together)
        self.messages = Messages(self._database, self._together)
        self.runs = Runs(self._database, self._together, clock)
        self.run_steps = RunSteps(self._database)
        self.files = Files(self._database, clock)
        self.vector_stores = VectorStores(self._database, clock)
        spaces = EmbeddingSpaces(self._database)
        self.vector_store_files = VectorStoreFiles(self._database, clock, spaces)
        self.file_batches = FileBatches(self._database, clock)
        self.chunks = Chunks(self._database, clock, spaces)
        self.idempotency_keys = IdempotencyKeys(self._database, clock)
        self.workers = Workers(self._database, clock, self._database_clock)
        self.overview = Overview(self._database, clock)
        self.transfer = Transfer(self._database, spaces)

    async def open(self) -> None:
        """Find the database and bring its schema up to date, or see that it is if it is not to be migrated.

        Raises `StorageError` if it cannot be reached in time, was not made by Threadkeep, or is too new or too old.
        """
        await self._database.open(auto_migrate=self._auto_migrate)
        self._together.open()
        await self._database.write(lambda session: session.change(_FORGET_MARKS))
        await self.check()

    async def migrate(self) -> tuple[int, int]:
        """Bring the schema up to date without opening the storage; its version before and now.

        Raises as `open` does.
        """
        return await self._database.migrate()

    async def close(self) -> None:
        """Finish what was begun and leave the database."""
        await self._together.close()
        await self._database.close()

    async def check(self) -> None:
        """Raise `StorageError` if it cannot be read and written now. Sets the clock, too."""

        async def work(session: Session) -> tuple[float, float]:
            asked_at = time.monotonic()
            return (await session.rows(_CHECK_WRITE))[0][0], asked_at

        database_now, asked_at = await self._database.write(work)
        self._database_clock.hear(database_now, asked_at)
        await self._database.read(lambda session: session.row(_CHECK_READ))

    @property
    def exclusive(self) -> bool:
        """False: other processes may be at work on it."""
        return False

    @property
    def label(self) -> str:
        """Where the records are, for people."""
        return self._database.label
