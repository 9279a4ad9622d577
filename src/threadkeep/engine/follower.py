"""Follower: reads the events of a run, live and in order, wherever its worker is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Final

import msgspec

from threadkeep.bus import Bus
from threadkeep.engine.event_log import (
    ReplayRequest,
    RunEvent,
    decode_frame,
    decode_replay,
    encode_request,
    events_subject,
    replay_subject,
)
from threadkeep.engine.lifecycle import TERMINAL
from threadkeep.engine.step_view import step_view_json
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.codec import encode
from threadkeep.types.run import Run

SILENCE_SECONDS: Final = 2.0
"""After so long without an event the record is read again: whatever was lost on the bus is found there."""
_REPLAY_SECONDS: Final = 1.0
_LAST: Final = 2**62
_ENDS: Final = frozenset(f"thread.run.{status}" for status in {*TERMINAL, "requires_action"})


class Follower:
    """Gives the events of runs to whoever watches. A watcher that leaves does not touch the run."""

    def __init__(self, storage: Storage, bus: Bus) -> None:
        self._storage = storage
        self._bus = bus

    async def follow(
        self, record: RunRecord, *, with_content: bool = False
    ) -> AsyncGenerator[list[RunEvent]]:
        """The events of the claims after `record`, in batches of what is there at once.

        Ends after the event that makes the run terminal or wait for the caller, and if the run is deleted.
        `with_content` shows the text that file searches found.
        """
        inbox: asyncio.Queue[bytes] = asyncio.Queue()
        subscription = await self._bus.subscribe(events_subject(record.run.id), inbox.put_nowait)
        reading = _Reading(self._storage, self._bus, record)
        try:
            batch = await reading.catch_up()
            while True:
                if batch:
                    yield [_view(event, with_content=with_content) for event in batch]
                if reading.is_over:
                    return
                batch = await reading.take(await _frames(inbox))
        finally:
            await subscription.cancel()


def _view(event: RunEvent, *, with_content: bool) -> RunEvent:
    """The event as it is shown."""
    if not event.name.startswith("thread.run.step.") or event.name.endswith(".delta"):
        return event
    data = bytes(step_view_json(event.data, with_content=with_content))
    return RunEvent(event.epoch, event.number, event.name, data)


async def _frames(inbox: asyncio.Queue[bytes]) -> list[bytes]:
    """All frames that are there, waiting for the first; none after a silence."""
    frames: list[bytes] = []
    if inbox.empty():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_SECONDS):
                frames.append(await inbox.get())
    while not inbox.empty():
        frames.append(inbox.get_nowait())
    return frames


class _Reading:
    """How far a follower has come: the last event it saw, and whether that was the last of all."""

    def __init__(self, storage: Storage, bus: Bus, record: RunRecord) -> None:
        self._storage = storage
        self._bus = bus
        self._record = record
        self._seen = (record.epoch, _LAST)
        self.is_over = False

    async def take(self, frames: list[bytes]) -> list[RunEvent]:
        """The new events of these frames; with a gap, after a silence or a hint, also what the record knows."""
        batch: list[RunEvent] = []
        is_complete = bool(frames)
        for frame in frames:
            events = decode_frame(frame)
            is_complete = self._accept(events, batch) and bool(events) and is_complete
        if not is_complete and not self.is_over:
            batch += await self.catch_up()
        return batch

    async def catch_up(self) -> list[RunEvent]:
        """What was missed: from the worker that has the run, else from the record of the run."""
        batch: list[RunEvent] = []
        record = await self._storage.runs.find(
            self._record.project, self._record.run.thread_id, self._record.run.id
        )
        if record is None:
            self.is_over = True
            return batch
        if record.worker is not None and record.epoch > self._record.epoch:
            await self._replay(record.worker, batch)
        if not self.is_over and f"thread.run.{record.run.status}" in _ENDS:
            batch += self._ending(record)
        return batch

    async def _replay(self, worker: str, batch: list[RunEvent]) -> None:
        """What the worker tells of the run, in as many answers as that takes."""
        has_more = True
        while has_more and not self.is_over:
            request = ReplayRequest(self._record.run.id, *self._seen)
            answer = await self._bus.request(
                replay_subject(worker), encode_request(request), timeout=_REPLAY_SECONDS
            )
            if answer is None:
                return
            replay = decode_replay(answer)
            has_more = self._accept(replay.events, batch) and replay.has_more

    def _accept(self, events: list[RunEvent], batch: list[RunEvent]) -> bool:
        """Add the new ones of `events` to `batch`; False if some before them are missing."""
        for event in events:
            position = (event.epoch, event.number)
            if position <= self._seen or self.is_over:
                continue
            epoch, number = self._seen
            expected = number + 1 if event.epoch == epoch else 0
            if event.number != expected:
                return False
            self._seen = position
            self.is_over = event.name in _ENDS
            batch.append(event)
        return True

    def _ending(self, record: RunRecord) -> list[RunEvent]:
        """The end of a run that no worker tells of any more."""
        epoch, number = self._seen if self._seen[1] != _LAST else (record.epoch, -1)
        runs = [(record.run.status, record.run)]
        if record.run.status == "cancelled":
            runs.insert(0, ("cancelling", _before_cancelled(record.run)))
        self.is_over = True
        return [
            RunEvent(epoch, number + offset, f"thread.run.{status}", encode(run))
            for offset, (status, run) in enumerate(runs, 1)
        ]


def _before_cancelled(run: Run) -> Run:
    return msgspec.structs.replace(run, status="cancelling", cancelled_at=None)
