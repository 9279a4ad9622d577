"""Dispatcher: sets runs going. The worker beside takes a run as it is kept, if it can; else it waits for any worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from threadkeep.bus import Bus
from threadkeep.engine.signals import WAKE_SUBJECT, wake_up
from threadkeep.engine.worker import Worker
from threadkeep.storage import RunRecord
from threadkeep.types.message import Message


class Dispatcher:
    """Of one node. `worker` is its own, if it works."""

    def __init__(self, bus: Bus, worker: Worker | None) -> None:
        self._bus = bus
        self._worker = worker

    async def dispatch(
        self,
        queued: RunRecord,
        keep: Callable[[RunRecord], Awaitable[RunRecord | None]],
        said: Sequence[Message] | None = None,
    ) -> bool:
        """Have the run kept by `keep`, as it is given or claimed already, and executed; False if it was not kept.

        A claim that is kept together with what it is of costs no write of its own, and where all that the thread holds
        is `said`, that is not read again. Raises what `keep` raises.
        """
        if self._worker is not None and self._worker.has_room:
            return await self._worker.take(queued, keep, said)
        if await keep(queued) is None:
            return False
        self._bus.publish(WAKE_SUBJECT, wake_up(queued.run))
        return True
