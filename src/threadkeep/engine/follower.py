"""Follower: reads the events of a run in order: live wherever its worker is, and those before from what is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Final, Literal, TypeAlias

from threadkeep.bus import Bus
from threadkeep.engine.event_log import EventLog, RunEvent, events_subject
from threadkeep.engine.inbox import Inbox
from threadkeep.engine.lifecycle import SETTLED, TERMINAL
from threadkeep.engine.progress import LAST, Progress
from threadkeep.engine.retelling import Position
from threadkeep.engine.step_view import step_view_json
from threadkeep.storage import RunRecord, Storage
from threadkeep.telemetry import Metrics

SILENCE_SECONDS: Final = 2.0
"""After so long without an event it is looked at the run: whatever was lost on the bus is found there."""

Until: TypeAlias = Literal["requires_action", "terminal"]
"""Where a watcher stops: as soon as the run has ended or waits for the caller, or not before it has ended."""

ENDS: Final[dict[Until, frozenset[str]]] = {
    "requires_action": frozenset(f"thread.run.{each}" for each in SETTLED),
    "terminal": frozenset(f"thread.run.{each}" for each in TERMINAL),
}
"""The events behind which a watcher is told nothing more."""

_STEP: Final = "thread.run.step."
_STEP_DELTA: Final = "thread.run.step.delta"


class LeavingError(Exception):
    """The node is about to stop, and nothing happens to the run meanwhile: another node can be asked for the rest."""


class Follower:
    """Gives the events of runs to whoever watches. A watcher that leaves does not touch the run.

    `log` is that of the node's own worker, if it has one: it is asked first.
    """

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        metrics: Metrics,
        is_draining: Callable[[], bool],
        *,
        log: EventLog | None,
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._metrics = metrics
        self._is_draining = is_draining
        self._log = log

    async def follow(
        self,
        record: RunRecord,
        after: Position | None = None,
        *,
        until: Until = "requires_action",
        with_content: bool = False,
        may_leave: bool = False,
    ) -> AsyncGenerator[list[RunEvent]]:
        """The events after the one at `after`, else those of the epochs after `record`, as far as they are there.

        Comes in batches of what is there at once; the first one comes without waiting, and may be empty. Ends as
        `until` says, and if the run is deleted. `with_content` shows the text that file searches found. With
        `may_leave` it raises `LeavingError` rather than hold up the node's end.
        """
        inbox = Inbox(SILENCE_SECONDS)
        subscription = await self._bus.subscribe(events_subject(record.run.id), inbox.put)
        show = partial(_shown, with_content=with_content)
        progress = self._progress(record, after or (record.epoch, LAST), until, show)
        self._metrics.followers.add()
        try:
            yield await progress.beside()
            if progress.is_behind and (batch := await progress.catch_up()):
                yield batch
            while not progress.is_over:
                await inbox.filling()
                if frames := inbox.take():
                    batch = progress.take(frames)
                elif may_leave and self._is_draining():
                    raise LeavingError
                else:
                    batch = await progress.beside()
                if progress.is_behind:
                    batch += await progress.catch_up()
                if batch:
                    yield batch
        finally:
            self._metrics.followers.add(by=-1)
            inbox.close()
            await subscription.cancel()

    async def so_far(
        self, record: RunRecord, after: Position, *, with_content: bool = False
    ) -> list[RunEvent]:
        """The events after the one at `after` that have been told by now."""
        show = partial(_shown, with_content=with_content)
        progress = self._progress(record, after, "terminal", show)
        batch = await progress.catch_up()
        if progress.trouble is not None:
            raise progress.trouble
        return batch

    async def wait(self, record: RunRecord, seconds: float) -> None:
        """Return once the run has ended or waits for the caller, or is deleted, or after so many seconds."""
        after = (record.epoch, LAST if record.run.status == "queued" else -1)
        following = self.follow(record, after, may_leave=True)
        with contextlib.suppress(TimeoutError, LeavingError):
            async with asyncio.timeout(seconds), aclosing(following) as batches:
                async for _ in batches:
                    pass

    def _progress(
        self, record: RunRecord, after: Position, until: Until, show: Callable[[RunEvent], RunEvent]
    ) -> Progress:
        return Progress(self._storage, self._bus, self._log, record, after, ENDS[until], show=show)


def _shown(event: RunEvent, *, with_content: bool) -> RunEvent:
    """The event as a watcher sees it: in one of a step, what file searches found is left out unless it is wanted."""
    if not event.name.startswith(_STEP) or event.name == _STEP_DELTA:
        return event
    data = bytes(step_view_json(event.data, with_content=with_content))
    return RunEvent(event.epoch, event.number, event.name, data)
