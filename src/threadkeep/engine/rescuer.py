"""Rescuer: takes runs from workers that are gone and queues them again."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import msgspec

from threadkeep.bus import Bus
from threadkeep.engine import lifecycle
from threadkeep.engine.closer import Closer
from threadkeep.engine.duty import Duty
from threadkeep.engine.signals import WAKE_SUBJECT, wake_up
from threadkeep.engine.worker import Worker
from threadkeep.storage import RunOwnership, RunRecord, Storage
from threadkeep.types.run import LastError

logger = logging.getLogger(__name__)

_BATCH: Final = 100
MAX_ATTEMPTS: Final = 5
"""A run whose workers died so often kills workers: it is failed instead of tried again."""
CRASHED: Final = LastError(
    code="server_error",
    message="The worker that executed the run died, and the run was created not to go on after that.",
)


class Rescuer(Duty):
    """Acts only while this node's own lease holds: after an outage of the storage every lease looks run out."""

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
        """Rescue the runs of workers whose lease ran out, and those that the worker beside it has lost sight of."""
        strays = await asyncio.gather(*(self._stray(each) for each in self._worker.take_strays()))
        await self._rescue_all([stray for stray in strays if stray is not None])
        if not self._worker.may_rescue:
            return
        orphans = await self._storage.runs.orphans(_BATCH)
        if not self._worker.may_rescue:  # looking took so long that it may have been an outage
            return
        # What its own worker has is not lost, even if a clock that jumped says so.
        await self._rescue_all([each for each in orphans if each.worker != self._worker.id])
        if len(orphans) == _BATCH:
            self.hurry()

    async def _stray(self, owned: RunOwnership) -> RunRecord | None:
        """The run, if the worker still holds it."""
        record = await self._storage.runs.find(owned.project, owned.thread_id, owned.run_id)
        if record is None or (record.epoch, record.worker) != (owned.epoch, self._worker.id):
            return None
        return record if record.run.status in lifecycle.HELD else None

    async def _rescue_all(self, records: list[RunRecord]) -> None:
        await asyncio.gather(*(self._rescue(record) for record in records))

    async def _rescue(self, record: RunRecord) -> None:
        logger.warning("%s: left behind by %s", record.run.id, record.worker)
        if record.run.status == "cancelling":
            await self._closer.cancel(record)
        elif record.on_crash == "fail":
            await self._closer.fail(record, CRASHED)
        elif record.attempts >= MAX_ATTEMPTS:
            message = f"The run was given up after {record.attempts} attempts."
            await self._closer.fail(record, LastError(code="server_error", message=message))
        else:
            run = lifecycle.requeue(record.run)
            after = msgspec.structs.replace(record, run=run, worker=None)
            if await self._storage.runs.write(record, after=after) is not None:
                self._bus.publish(WAKE_SUBJECT, wake_up(run))
