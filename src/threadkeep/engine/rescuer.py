"""Rescuer: takes runs from workers that are gone and queues them again."""

from __future__ import annotations

from typing import Final

import msgspec

from threadkeep.bus import Bus
from threadkeep.engine import lifecycle
from threadkeep.engine.closer import Closer
from threadkeep.engine.duty import Duty
from threadkeep.engine.worker import WAKE_SUBJECT, Worker, wake_up
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.run import LastError

_BATCH: Final = 100
MAX_ATTEMPTS: Final = 5
"""A run whose workers died so often kills workers: it is failed instead of tried again."""


class Rescuer(Duty):
    """Acts only while this node's own leases hold: after an outage of the storage every lease looks run out."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        closer: Closer,
        worker: Worker,
        *,
        interval_seconds: float,
    ) -> None:
        super().__init__(interval_seconds)
        self._storage = storage
        self._bus = bus
        self._closer = closer
        self._worker = worker

    async def tick(self) -> None:
        """Rescue the runs of workers whose lease ran out."""
        if self._storage.exclusive or self._worker.has_held_its_lease:
            for record in await self._storage.runs.orphans(_BATCH):
                await self._rescue(record)

    async def _rescue(self, record: RunRecord) -> None:
        if record.run.status == "cancelling":
            await self._closer.cancel(record)
        elif record.attempts >= MAX_ATTEMPTS:
            message = f"The run was given up after {record.attempts} attempts."
            await self._closer.fail(record, LastError(code="server_error", message=message))
        else:
            run = lifecycle.requeue(record.run)
            after = msgspec.structs.replace(record, run=run, worker=None)
            if await self._storage.runs.write(record, after=after) is not None:
                self._bus.publish(WAKE_SUBJECT, wake_up(run))
