"""Leases of workers in SQLite. A worker without a row has let its lease run out."""

from __future__ import annotations

from typing import Final

from threadkeep.storage import RunOwnership
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session
from threadkeep.types.clock import Clock

_RENEW: Final = load_query("workers/renew")
_OWNED: Final = load_query("workers/owned")
_RETIRE: Final = load_query("workers/retire")


class Workers:
    """Leases: one per worker, not one per run."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def renew(self, worker: str, lease_seconds: float) -> None:
        """Let the worker's lease run for `lease_seconds` from now, by the storage's own clock."""

        def work(session: Session) -> None:
            lease_until = self._clock.now() + lease_seconds
            session.change(_RENEW, worker=worker, lease_until=lease_until)

        await self._database.write(work)

    async def owned(self, worker: str) -> list[RunOwnership]:
        """The runs `in_progress` or `cancelling` that the worker holds."""
        rows = await self._database.read(lambda session: session.rows(_OWNED, worker=worker))
        return [
            RunOwnership(
                project=project, thread_id=thread_id, run_id=run_id, epoch=epoch, status=status
            )
            for project, thread_id, run_id, epoch, status in rows
        ]

    async def retire(self, worker: str) -> None:
        """End the worker's lease now: what it still holds can be rescued at once."""
        await self._database.write(lambda session: session.change(_RETIRE, worker=worker))
