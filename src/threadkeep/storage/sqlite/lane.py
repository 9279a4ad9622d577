"""A lane: threads with a connection each, that do what waits for them, batch by batch, off the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, TypeAlias, TypeVar, cast

from threadkeep.errors import StorageError
from threadkeep.storage.sqlite.session import Session

T = TypeVar("T")
Work: TypeAlias = Callable[[Session], T]


class Job(Generic[T]):
    """Work, what came of it, and who waits for that."""

    __slots__ = ("_result", "_work", "error", "future", "loop")

    def __init__(self, work: Work[T], loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.future: asyncio.Future[T] = loop.create_future()
        self.error: Exception | None = None
        self._work = work
        self._result: T | None = None

    def run(self, session: Session) -> None:
        """Do the work; keep its result or its error."""
        try:
            self._result = self._work(session)
        except Exception as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """End it with `error`; what the database says becomes a `StorageError`."""
        if isinstance(error, sqlite3.Error):
            self.error = StorageError(str(error))
            self.error.__cause__ = error
        else:
            self.error = error

    def resolve(self) -> None:
        """Tell whoever waits, on their event loop. Who was cancelled meanwhile waits no more."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(cast("T", self._result))


Batch: TypeAlias = Sequence[Job[Any]]


class Lane:
    """Threads, one for each session, that take jobs from one queue.

    `perform` does a batch: everything that waits, at most `batch_limit` jobs. Nothing is ever waited for to fill one.
    """

    def __init__(
        self,
        name: str,
        sessions: Sequence[Session],
        perform: Callable[[Session, Batch], None],
        *,
        batch_limit: int,
    ) -> None:
        self._perform = perform
        self._batch_limit = batch_limit
        self._queue: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._gate = Lock()
        self._closed = False
        self._threads = [
            Thread(target=self._work, args=(session,), name=f"threadkeep {name}", daemon=True)
            for session in sessions
        ]
        for thread in self._threads:
            thread.start()

    async def do(self, work: Work[T]) -> T:
        """The result of `work`. Once begun it is done, even if the caller is cancelled."""
        job = Job(work, asyncio.get_running_loop())
        with self._gate:
            if self._closed:
                raise StorageError("The storage is closed.")
            self._queue.put(job)
        return await job.future

    def close(self) -> None:
        """Take no more jobs, finish those that wait, and let go of the connections. Blocks."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            for _ in self._threads:
                self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, session: Session) -> None:
        is_last = False
        while not is_last:
            jobs, is_last = self._next_batch()
            if jobs:
                self._perform(session, jobs)
                _tell(jobs)
        session.connection.close()

    def _next_batch(self) -> tuple[list[Job[Any]], bool]:
        """Jobs, and whether they are the last for this thread."""
        jobs: list[Job[Any]] = []
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == self._batch_limit:
                return jobs, False
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs, False
        return jobs, True


def read_each(session: Session, jobs: Batch) -> None:
    """Do jobs that only read; each statement sees all that was committed before it."""
    for job in jobs:
        job.run(session)


def commit_together(session: Session, jobs: Batch) -> None:
    """Do jobs in one transaction, each in a savepoint of its own: a job that fails leaves nothing behind.

    If the transaction fails, all jobs do.
    """
    connection = session.connection
    try:
        connection.execute("begin immediate")
        for job in jobs:
            _in_savepoint(connection, session, job)
        connection.execute("commit")
    except Exception as error:
        with suppress(sqlite3.Error):
            connection.execute("rollback")
        for job in jobs:
            job.fail(error)


def _in_savepoint(connection: sqlite3.Connection, session: Session, job: Job[Any]) -> None:
    connection.execute("savepoint job")
    job.run(session)
    if job.error is not None:
        # After a full disk or an I/O error SQLite has given up the whole transaction by itself.
        if not connection.in_transaction:
            raise job.error
        connection.execute("rollback to job")
    connection.execute("release job")


def _tell(jobs: Batch) -> None:
    """Wake each event loop once, however many of its jobs are done."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Job[Any]]] = defaultdict(list)
    for job in jobs:
        by_loop[job.loop].append(job)
    for loop, finished in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(_resolve, finished)


def _resolve(jobs: Batch) -> None:
    for job in jobs:
        job.resolve()
