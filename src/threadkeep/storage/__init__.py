"""The record of everything: the contract, one protocol per noun. `sqlite/` is its first implementation.

Every call names the project; what another project owns is answered as if it were not there. What was acknowledged is
on disk. A change is a compare-and-set: it goes through only if the record is still as it was read (`revision`), so that
the rules about what may change stand outside, and whoever loses a race reads again and decides again.
"""

from __future__ import annotations

from typing import Protocol

from threadkeep.storage.contract.assistants import Assistants
from threadkeep.storage.contract.chunks import (
    BOTH_ORDERS,
    Chunk,
    ChunkHit,
    Chunks,
    Ranking,
    UnembeddedChunk,
)
from threadkeep.storage.contract.file_batches import FileBatches
from threadkeep.storage.contract.files import Files
from threadkeep.storage.contract.idempotency_keys import IdempotencyKeys, KeptAnswer, KeyState
from threadkeep.storage.contract.messages import Messages
from threadkeep.storage.contract.overview import (
    Backlog,
    Finding,
    Overview,
    RunStanding,
    WorkerLease,
)
from threadkeep.storage.contract.record import (
    BETWEEN,
    Record,
    ResourceT,
    StoredPage,
    stored_page,
)
from threadkeep.storage.contract.run_steps import EventSpan, RunSteps
from threadkeep.storage.contract.runs import RunRecord, Runs
from threadkeep.storage.contract.threads import Threads
from threadkeep.storage.contract.transfer import Transfer
from threadkeep.storage.contract.vector_store_files import IngestionRecord, VectorStoreFiles
from threadkeep.storage.contract.vector_stores import VectorStores
from threadkeep.storage.contract.workers import RunOwnership, Workers
from threadkeep.types.clock import Clock
from threadkeep.types.run import OnCrash

__all__ = [
    "BETWEEN",
    "BOTH_ORDERS",
    "Assistants",
    "Backlog",
    "Chunk",
    "ChunkHit",
    "Chunks",
    "EventSpan",
    "FileBatches",
    "Files",
    "Finding",
    "IdempotencyKeys",
    "IngestionRecord",
    "KeptAnswer",
    "KeyState",
    "Messages",
    "OnCrash",
    "Overview",
    "Ranking",
    "Record",
    "ResourceT",
    "RunOwnership",
    "RunRecord",
    "RunStanding",
    "RunSteps",
    "Runs",
    "Storage",
    "StoredPage",
    "Threads",
    "Transfer",
    "UnembeddedChunk",
    "VectorStoreFiles",
    "VectorStores",
    "WorkerLease",
    "Workers",
    "stored_page",
]


class Storage(Protocol):
    """All of it."""

    @property
    def assistants(self) -> Assistants:
        """Assistants of each project."""
        ...

    @property
    def threads(self) -> Threads:
        """Threads of each project."""
        ...

    @property
    def messages(self) -> Messages:
        """Messages of each thread."""
        ...

    @property
    def runs(self) -> Runs:
        """Runs of each thread: the queue and the lock."""
        ...

    @property
    def run_steps(self) -> RunSteps:
        """Run steps of each run."""
        ...

    @property
    def files(self) -> Files:
        """Files of each project: what is known of them, not their bytes."""
        ...

    @property
    def vector_stores(self) -> VectorStores:
        """Vector stores of each project."""
        ...

    @property
    def vector_store_files(self) -> VectorStoreFiles:
        """Files of each vector store, and the queue of those to be read."""
        ...

    @property
    def file_batches(self) -> FileBatches:
        """Batches in which files were added to vector stores."""
        ...

    @property
    def chunks(self) -> Chunks:
        """The text of the files in vector stores, to be searched."""
        ...

    @property
    def idempotency_keys(self) -> IdempotencyKeys:
        """Keys by which two requests are known to be one."""
        ...

    @property
    def workers(self) -> Workers:
        """Leases of those who work on runs."""
        ...

    @property
    def overview(self) -> Overview:
        """What whoever operates the server wants to know."""
        ...

    @property
    def transfer(self) -> Transfer:
        """All rows, on their way to or from another storage."""
        ...

    async def open(self) -> None:
        """Make it ready, bringing its schema up to date. Raises `StorageError`."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of it."""
        ...

    async def check(self) -> None:
        """Raise `StorageError` if it cannot be read and written now."""
        ...

    @property
    def clock(self) -> Clock:
        """Its own clock. Whoever works on its records tells the time by it: all nodes agree, whatever theirs say."""
        ...

    @property
    def exclusive(self) -> bool:
        """Whether no other process can use it now, so that what earlier workers left may be rescued at once."""
        ...

    @property
    def label(self) -> str:
        """Where the records are, for people; holds no secret."""
        ...
