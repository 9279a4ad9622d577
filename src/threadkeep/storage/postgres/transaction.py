"""A transaction that is committed once, however often it must be tried."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Generic, TypeAlias, TypeVar

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.commit_mark import CommitMark
from threadkeep.storage.postgres.failure import is_refusal
from threadkeep.storage.postgres.session import Session

_COMMIT_SECONDS: Final = 15.0
_FOR_EVER: Final = 86_400.0

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

    @property
    def is_doubtful(self) -> bool:
        """Whether a COMMIT was sent and its end is not known."""
        return bool(self._unanswered)

    async def attempt(self, session: Session) -> T:
        """The result of the work, once it is committed; if it raises, nothing was written."""
        try:
            if not await self._mark.begin(session):
                await _rollback(session)
                return self._unanswered.pop()
            self._unanswered.clear()  # that the mark is new says what became of an earlier try
            result = await self._work(session)
        except Exception:
            with suppress(Exception):  # the connection may be what failed
                await _rollback(session)
            raise
        self._unanswered.append(result)
        try:
            await _commit(session)
        except Exception as error:
            if is_refusal(error):
                self._unanswered.clear()
            raise
        return self._unanswered.pop()


async def _commit(session: Session) -> None:
    """Commit. Where the answer fails to come, the connection is dropped and the commit is left alone.

    To cancel it would be wrong: one that waits for its standby would be called done, and not be there.
    """
    session.tell("commit")
    connection = session.connection
    commit = asyncio.ensure_future(connection.execute("commit", timeout=_FOR_EVER))
    done, _ = await asyncio.wait({commit}, timeout=_COMMIT_SECONDS)
    if not done:
        connection.terminate()
        await asyncio.wait({commit})
        raise TimeoutError("COMMIT is not answered.") from commit.exception()
    if await commit != "COMMIT":
        raise StorageError("The transaction was given up.")


async def _rollback(session: Session) -> None:
    session.tell("rollback")
    await session.connection.execute("rollback")
