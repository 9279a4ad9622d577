"""Group commit: what many callers write at the same time is done by a few statements and one commit.

A batch first locks the threads that it adds to, in an order that is everywhere the same, and then does one kind of job
after the other. The lock is a statement of its own: one that waited would see the database as it was before.
Since whoever adds to a thread holds it until the commit, the order of a thread's list is the order of its commits, and
a reader who pages through it misses nothing. While a run is active only its worker adds, who holds the run instead.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar, cast

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.failure import is_passing
from threadkeep.storage.postgres.session import Session
from threadkeep.storage.postgres.thread_lock import ThreadKey, lock_threads

T = TypeVar("T")
ItemT = TypeVar("ItemT")

Outcome: TypeAlias = T | Exception
Perform: TypeAlias = Callable[
    [Session, Sequence[ItemT], set[ThreadKey]], Awaitable[list[Outcome[T]]]
]
"""Does the jobs of one kind in a session; what became of each. The threads are those that are there and locked."""

_WRITERS: Final = 2  # one gathers while the other waits for the disk
_JOBS: Final = 500
_BYTES: Final = 8 * 2**20


class Kind(NamedTuple, Generic[ItemT, T]):
    """A kind of job; in a batch those of a lower rank come first: what waits for no lock comes last."""

    rank: int
    perform: Perform[ItemT, T]


class Job(Generic[ItemT, T]):
    """Something to be written with others.

    `thread` is locked for it; of jobs with the same `key` each waits for the one before; `size` is in bytes, about.
    """

    __slots__ = ("future", "item", "key", "kind", "size", "thread")

    def __init__(
        self,
        kind: Kind[ItemT, T],
        item: ItemT,
        *,
        thread: ThreadKey | None = None,
        key: object = None,
        size: int = 0,
    ) -> None:
        self.kind = kind
        self.item = item
        self.thread = thread
        self.key = key
        self.size = size
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def resolve(self, outcome: Outcome[T]) -> None:
        """Tell whoever waits; who was cancelled waits no more."""
        if self.future.done():
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


Batch: TypeAlias = Sequence[Job[Any, Any]]


class GroupCommit:
    """Writes what waits, batch by batch; it never waits to fill one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Job[Any, Any]] = deque()
        self._writers: set[asyncio.Task[None]] = set()
        self._keys: set[object] = set()
        """Of the jobs that are being written."""
        self._is_open = False

    def open(self) -> None:
        """Take jobs."""
        self._is_open = True

    async def close(self) -> None:
        """Take no more jobs and finish those that wait."""
        self._is_open = False
        while self._writers:
            await asyncio.wait(self._writers)

    async def do(self, job: Job[ItemT, T]) -> T:
        """What became of the job, once it is on disk. It is done even if the caller is cancelled."""
        if not self._is_open:
            raise StorageError("The storage is not open.")
        self._waiting.append(job)
        if len(self._writers) < _WRITERS:
            writer = asyncio.create_task(self._write())
            self._writers.add(writer)
        return await job.future

    async def _write(self) -> None:
        try:
            while batch := self._take():
                await self._commit(batch)
                self._keys.difference_update(job.key for job in batch)
        finally:  # at once: whoever comes now must not take this one for a writer
            self._writers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _take(self) -> Batch:
        batch: list[Job[Any, Any]] = []
        left: list[Job[Any, Any]] = []
        size = 0
        while self._waiting and len(batch) < _JOBS and size < _BYTES:
            job = self._waiting.popleft()
            if job.key in self._keys:
                left.append(job)
                continue
            if job.key is not None:
                self._keys.add(job.key)
            size += job.size
            batch.append(job)
        self._waiting.extendleft(reversed(left))
        return batch

    async def _commit(self, batch: Batch) -> None:
        try:
            outcomes = await self._database.write(lambda session: _perform(session, batch))
        except Exception as error:
            if len(batch) == 1 or _is_outage(error):
                outcomes: Sequence[Outcome[Any]] = [error] * len(batch)
            else:  # each by itself, so that only what is wrong fails
                for job in batch:
                    await self._commit([job])
                return
        for job, outcome in zip(batch, outcomes, strict=True):
            job.resolve(outcome)


async def _perform(session: Session, batch: Batch) -> list[Outcome[Any]]:
    locked = await lock_threads(session, {job.thread for job in batch if job.thread is not None})
    outcomes: dict[Job[Any, Any], Outcome[Any]] = {}
    for kind in sorted({job.kind for job in batch}, key=lambda kind: kind.rank):
        jobs = [job for job in batch if job.kind is kind]
        results = await kind.perform(session, [job.item for job in jobs], locked)
        outcomes |= zip(jobs, results, strict=True)
    return [outcomes[job] for job in batch]


def _is_outage(error: Exception) -> bool:
    """Whether the database was away for so long that it was given up: to try each job alone would take for ever."""
    return isinstance(error, StorageError) and is_passing(error.__cause__)
