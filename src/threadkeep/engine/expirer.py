"""Expirer: ends the runs whose time is over, if the worker that has them does not."""

from __future__ import annotations

from typing import Final

from threadkeep.engine import lifecycle
from threadkeep.engine.closer import Closer
from threadkeep.engine.duty import Duty
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.clock import Clock

_BATCH: Final = 100


class Expirer(Duty):
    """A worker watches the clock for the runs it has; this is for all others, and for workers that fail to."""

    def __init__(
        self,
        storage: Storage,
        closer: Closer,
        clock: Clock,
        *,
        interval_seconds: float,
        grace_seconds: float,
    ) -> None:
        super().__init__(interval_seconds)
        self._storage = storage
        self._closer = closer
        self._clock = clock
        self._grace_seconds = grace_seconds

    async def tick(self) -> None:
        """Expire what is overdue."""
        for record in await self._storage.runs.due(_BATCH):
            if self.is_overdue(record):
                await self._closer.expire(record)

    def is_overdue(self, record: RunRecord) -> bool:
        """Whether it is for us to expire the run: one that a worker has only some time after the worker should have."""
        if record.due_at is None:
            return False
        has_worker = record.run.status in lifecycle.HELD
        return self._clock.now() > record.due_at + (self._grace_seconds if has_worker else 0)
