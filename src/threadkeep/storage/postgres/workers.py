"""Leases of workers in PostgreSQL. A worker without a row has let its lease run out."""

from __future__ import annotations

import time
from typing import Final

from threadkeep.storage import RunOwnership
from threadkeep.storage.postgres.clock import DatabaseClock
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.clock import Clock

_RENEW: Final = load_query("workers/renew")
_OWNED: Final = load_query("workers/owned")
_RETIRE: Final = load_query("workers/retire")


class Workers:
    """Leases: one per worker, not one per run."""

    def __init__(
        self, database: Database, clock: Clock | None, database_clock: DatabaseClock
    ) -> None:
        self._database = database
        self._clock = clock
        self._database_clock = database_clock

    async def renew(self, worker: str, lease_seconds: float) -> None:
        """Let the worker's lease run for `lease_seconds` from now, by the database's clock, which is set by that."""

        async def work(session: Session) -> tuple[float, float]:
            asked_at = time.monotonic()
            rows = await session.rows(
                _RENEW,
                worker=worker,
                lease_seconds=lease_seconds,
                now=given_now(self._clock),
            )
            return rows[0][0], asked_at

        database_now, asked_at = await self._database.write(work)
        self._database_clock.hear(database_now, asked_at)

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
