"""Claim: a run in the hands of the worker that claimed it, and what is written of it under the fence of the claim."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec

from threadkeep.engine import lifecycle
from threadkeep.engine.reaching import LostError, reached
from threadkeep.engine.turn import Parts
from threadkeep.storage import EventSpan, RunRecord, Storage

T = TypeVar("T")


class Claim:
    """`record` is the run as it was last seen. Once it is not ours any more, `is_lost` is set, here or from outside."""

    __slots__ = ("_storage", "is_lost", "record")

    def __init__(self, record: RunRecord, storage: Storage) -> None:
        self.record = record
        self.is_lost = False
        self._storage = storage

    async def reached(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the storage answers, for as long as the claim can be ours. Raises `LostError`."""
        return await reached(ask, lambda: self.is_lost, self.record.run.id)

    async def keep(self, parts: Parts, spans: Mapping[str, EventSpan]) -> None:
        """Write parts of the run, and nothing of the run itself, so that it can be repeated. Raises `LostError`."""
        record = self.record
        written = await self.reached(
            lambda: self._storage.runs.write(
                record, steps=parts.steps, messages=parts.messages, spans=spans
            )
        )
        if written is None:
            self.is_lost = True
            raise LostError

    async def end(self, parts: Parts, spans: Mapping[str, EventSpan], after: RunRecord) -> bool:
        """Write how it ended, with its last parts; `record` is as it is then.

        False if somebody changed the run meanwhile, but left it to us: then nothing is written. Raises `LostError`.
        """
        runs, before = self._storage.runs, self.record
        written = await self.reached(
            lambda: runs.write(
                before, steps=parts.steps, messages=parts.messages, spans=spans, after=after
            )
        )
        if written is not None:
            self.record = written
            return True
        self.record = await self._still_ours()
        # We may have written it ourselves: the answer was lost, and the second time the fence was closed.
        now = msgspec.structs.replace(self.record.run, metadata=after.run.metadata)
        if now != after.run and now.status in lifecycle.TERMINAL:
            raise LostError
        return now == after.run

    async def _still_ours(self) -> RunRecord:
        """The run as it is now, if it is under this claim."""
        project, run = self.record.project, self.record.run
        now = await self.reached(lambda: self._storage.runs.find(project, run.thread_id, run.id))
        ours = (self.record.epoch, self.record.worker)
        if now is None or (now.epoch, now.worker) != ours:
            raise LostError
        return now
