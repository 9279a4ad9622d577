"""A storage in which what happens to runs is counted and traced."""

from __future__ import annotations

from threadkeep.storage import Storage
from threadkeep.telemetry import Telemetry
from threadkeep.telemetry.runs import ObservedRuns
from threadkeep.types.clock import Clock


class ObservedStorage:
    """The storage within, but for its runs."""

    def __init__(self, storage: Storage, telemetry: Telemetry) -> None:
        self._storage = storage
        self.runs = ObservedRuns(storage.runs, telemetry)
        self.assistants = storage.assistants
        self.threads = storage.threads
        self.messages = storage.messages
        self.run_steps = storage.run_steps
        self.files = storage.files
        self.vector_stores = storage.vector_stores
        self.vector_store_files = storage.vector_store_files
        self.file_batches = storage.file_batches
        self.chunks = storage.chunks
        self.idempotency_keys = storage.idempotency_keys
        self.workers = storage.workers
        self.overview = storage.overview
        self.transfer = storage.transfer

    async def open(self) -> None:
        """Make it ready."""
        await self._storage.open()

    async def close(self) -> None:
        """Let go of it."""
        await self._storage.close()

    async def check(self) -> None:
        """Raise `StorageError` if it cannot be read and written now."""
        await self._storage.check()

    @property
    def clock(self) -> Clock:
        """The clock by which everything in it is timed."""
        return self._storage.clock

    @property
    def exclusive(self) -> bool:
        """Whether no other process can use it now."""
        return self._storage.exclusive

    @property
    def label(self) -> str:
        """Where the records are, for people."""
        return self._storage.label
