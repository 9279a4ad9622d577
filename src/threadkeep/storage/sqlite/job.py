"""A job: work for a thread of the storage's, what came of it, and who waits for that."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeAlias, TypeVar

from threadkeep.errors import StorageError
from threadkeep.storage.sqlite.session import Session

T = TypeVar("T")
Work: TypeAlias = Callable[[Session], T]


class Job(Generic[T]):
    """Made on the event loop of whoever waits, run on another thread, resolved on the event loop."""

    __slots__ = ("_result", "_work", "error", "future", "loop")

    def __init__(self, work: Work[T]) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self.error: Exception | None = None
        self._work = work
        self._result: T

    def run(self, session: Session) -> None:
        """Do the work; keep its result or its error, and nothing of an earlier time."""
        self.error = None
        try:
            self._result = self._work(session)
        except Exception as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """End it with `error`; what SQLite says becomes a `StorageError`."""
        if isinstance(error, sqlite3.Error):
            self.error = StorageError(str(error))
            self.error.__cause__ = error
        else:
            self.error = error

    def resolve(self) -> None:
        """Tell whoever waits; who was cancelled waits no more."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self._result)
        else:
            self.future.set_exception(self.error)


Batch: TypeAlias = Sequence[Job[Any]]


def resolve_all(jobs: Batch) -> None:
    """Tell all that wait, from any thread; each event loop is woken once, however many of its jobs are done."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Job[Any]]] = defaultdict(list)
    for job in jobs:
        by_loop[job.loop].append(job)
    for loop, finished in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve_each, finished)


def _resolve_each(jobs: Batch) -> None:
    for job in jobs:
        job.resolve()
