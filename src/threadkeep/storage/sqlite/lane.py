"""A lane: threads that do what waits for them, batch by batch, off the event loop."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from threadkeep.errors import StorageError
from threadkeep.storage.sqlite.job import Batch, Job, Work, resolve_all
from threadkeep.storage.sqlite.session import Session

T = TypeVar("T")


class Lane:
    """One thread for each session; all take from one queue.

    `perform` does a batch: whatever waits at that moment, at most `batch_limit` jobs. It never waits to fill one, but
    what an event loop asks for in one turn comes together: nobody is woken up for less.
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
        self._gathered: list[Job[Any]] = []
        self._is_closed = False
        self._threads = [
            Thread(target=self._work, args=(session,), name=f"threadkeep {name}", daemon=True)
            for session in sessions
        ]
        for thread in self._threads:
            thread.start()

    def do(self, work: Work[T]) -> Future[T]:
        """The result of `work`. It is done even if the caller is cancelled."""
        job = Job(work)
        with self._gate:
            if self._is_closed:
                raise StorageError("The storage is not open.")
            self._gather(job)
        return job.future

    def close(self) -> None:
        """Take no more jobs and finish those that wait. Blocks."""
        with self._gate:
            if not self._is_closed:
                self._is_closed = True
                self._put_gathered()
                for _ in self._threads:
                    self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _gather(self, job: Job[Any]) -> None:
        if not self._gathered:
            self._gathered.append(job)
            job.loop.call_soon(self._hand_over)
        elif self._gathered[0].loop is job.loop:
            self._gathered.append(job)
        else:
            self._queue.put(job)  # nobody knows when the other event loop has its turn

    def _hand_over(self) -> None:
        with self._gate:
            self._put_gathered()

    def _put_gathered(self) -> None:
        for job in self._gathered:
            self._queue.put(job)
        self._gathered.clear()

    def _work(self, session: Session) -> None:
        is_last = False
        while not is_last:
            jobs, is_last = self._next_batch()
            if jobs:
                self._perform(session, jobs)
                resolve_all(jobs)

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
