"""Storage in one SQLite file, for one process: the contract of `threadkeep.storage`, in plain SQL.

`connection.py` holds the file and its threads, each noun stands in a file of its own, each statement under `queries/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from threadkeep.storage.sqlite.assistants import Assistants
from threadkeep.storage.sqlite.chunks import VECTOR_BYTES, Chunks
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.file_batches import FileBatches
from threadkeep.storage.sqlite.files import Files
from threadkeep.storage.sqlite.idempotency_keys import IdempotencyKeys
from threadkeep.storage.sqlite.messages import Messages
from threadkeep.storage.sqlite.overview import Overview
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.run_steps import RunSteps
from threadkeep.storage.sqlite.runs import Runs
from threadkeep.storage.sqlite.session import Trace
from threadkeep.storage.sqlite.threads import Threads
from threadkeep.storage.sqlite.transfer import Transfer
from threadkeep.storage.sqlite.vector_store_files import VectorStoreFiles
from threadkeep.storage.sqlite.vector_stores import VectorStores
from threadkeep.storage.sqlite.workers import Workers
from threadkeep.types.clock import Clock, SystemClock

_CHECK_WRITE: Final = load_query("database/check_write")
_CHECK_READ: Final = load_query("database/check_read")


class SQLiteStorage:
    """Everything in one SQLite file; `:memory:` keeps it for as long as the storage is open.

    `clock` is the storage's own. `trace` is called with the name of each query, on a thread of the storage's. At most
    `vector_bytes` of memory are taken for vectors that are searched.
    """

    def __init__(
        self,
        path: str | Path,
        clock: Clock | None = None,
        *,
        trace: Trace | None = None,
        auto_migrate: bool = True,
        vector_bytes: int = VECTOR_BYTES,
    ) -> None:
        self._clock = clock or SystemClock()
        self._database = Database(path, trace, auto_migrate=auto_migrate)
        self.assistants = Assistants(self._database)
        self.threads = Threads(self._database)
        self.messages = Messages(self._database)
        self.runs = Runs(self._database, self._clock)
        self.run_steps = RunSteps(self._database)
        self.files = Files(self._database, self._clock)
        self.vector_stores = VectorStores(self._database, self._clock)
        self.vector_store_files = VectorStoreFiles(self._database, self._clock)
        self.file_batches = FileBatches(self._database, self._clock)
        self.chunks = Chunks(self._database, self._clock, vector_bytes)
        self.idempotency_keys = IdempotencyKeys(self._database, self._clock)
        self.workers = Workers(self._database, self._clock)
        self.overview = Overview(self._database, self._clock)
        self.transfer = Transfer(self._database)

    async def open(self) -> None:
        """Lock the file and bring its schema up to date; what earlier processes held is given up.

        A file that is not to be migrated has to be up to date. Raises `StorageBusyError` if another process has it
        open, and `StorageError` if it cannot be opened.
        """
        await self._database.open()

    async def migrate(self) -> tuple[int, int]:
        """Bring the schema up to date without opening the storage; its version before and now.

        Raises as `open` does.
        """
        return await self._database.migrate()

    async def close(self) -> None:
        """Finish what was begun and unlock the file."""
        await self._database.close()

    async def check(self) -> None:
        """Raise `StorageError` if it cannot be read and written now."""
        now = self._clock.now()
        await self._database.write(lambda session: session.change(_CHECK_WRITE, now=now))
        await self._database.read(lambda session: session.row(_CHECK_READ))

    @property
    def clock(self) -> Clock:
        """The one that it was given, else the machine's."""
        return self._clock

    @property
    def exclusive(self) -> bool:
        """True: the file is locked for as long as it is open."""
        return True

    @property
    def label(self) -> str:
        """Where the records are, for people."""
        return self._database.label
