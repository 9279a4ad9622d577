"""A transaction that is committed once, however often it must be tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeAlias, TypeVar

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.commit_mark import CommitMark
from threadkeep.storage.postgres.session import Session

T = TypeVar("T")
Work: TypeAlias = Callable[[Session], Awaitable[T]]
"""Does something in a session. It may be called again, so it has no effect outside of the session."""


class Transaction(Generic[T]):
    """Work to be done in one transaction; `attempt` is called until it answers or raises what will not pass."""

    def __init__(self, work: Work[T], mark: CommitMark) -> None:
        self._work = work
        self._mark = mark
        self._unanswered: list[T] = []
        """What the work gave in the last try whose COMMIT was sent."""

    async def attempt(self, session: Session) -> T:
        """The result of the work, once it is committed; if it raises, nothing was written."""
        if not await self._mark.begin(session):
            await _rollback(session)
            return self._unanswered[-1]
        try:
            result = await self._work(session)
        except Exception:
            with suppress(Exception):  # the connection may be what failed
                await _rollback(session)
            raise
        self._unanswered = [result]
        await _commit(session)
        return result


async def _commit(session: Session) -> None:
    session.tell("commit")
    if await session.connection.execute("commit") != "COMMIT":
        raise StorageError("PostgreSQL gave up the transaction.")


async def _rollback(session: Session) -> None:
    session.tell("rollback")
    await session.connection.execute("rollback")
