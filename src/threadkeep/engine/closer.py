"""Closer: ends runs from outside, when no worker does: parked, queued and orphaned ones."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from threadkeep.bus import Bus
from threadkeep.engine import lifecycle, parts
from threadkeep.engine.event_log import Frame, events_subject
from threadkeep.engine.parts import Interruption
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode
from threadkeep.types.message import Message
from threadkeep.types.run import LastError, Run
from threadkeep.types.run_step import MessageCreationDetails, RunStep
from threadkeep.types.usage import Usage, total


class Closer:
    """Each method writes run, open steps and open messages together, or nothing if the run has moved on: then None."""

    def __init__(self, storage: Storage, bus: Bus, clock: Clock) -> None:
        self._storage = storage
        self._bus = bus
        self._clock = clock

    async def cancel(self, record: RunRecord) -> RunRecord | None:
        """The run is cancelled."""
        now = self._now()
        return await self._close(
            record, "cancelled", lambda run, usage: lifecycle.cancel(run, now, usage)
        )

    async def expire(self, record: RunRecord) -> RunRecord | None:
        """The run is expired."""
        return await self._close(record, "expired", lifecycle.expire)

    async def fail(self, record: RunRecord, error: LastError) -> RunRecord | None:
        """The run is failed."""
        now = self._now()
        return await self._close(
            record, "failed", lambda run, usage: lifecycle.fail(run, now, error, usage), error
        )

    async def _close(
        self,
        record: RunRecord,
        how: Interruption,
        change: Callable[[Run, Usage], Run],
        error: LastError | None = None,
    ) -> RunRecord | None:
        run, now = record.run, self._now()
        steps = await self._storage.run_steps.of_runs(record.project, run.thread_id, [run.id])
        usage = total(step.usage for step in steps if step.usage is not None)
        open_steps = [step for step in steps if step.status == "in_progress"]
        open_usage = record.parked_usage or Usage()
        after = msgspec.structs.replace(
            record,
            run=change(run, usage + open_usage),
            worker=None,
            epoch=record.epoch + 1,  # it has events of its own, and their numbers begin anew
            due_at=None,
            parked_usage=None,
        )
        written = await self._storage.runs.write(
            record,
            steps=[parts.interrupted_step(s, how, now, open_usage, error) for s in open_steps],
            messages=[
                parts.interrupted_message(message, how, now)
                for message in await self._open_messages(record, open_steps)
            ],
            after=after,
        )
        if written is not None:
            self._bus.publish(events_subject(run.id), Frame([]))
        return written

    async def _open_messages(self, record: RunRecord, steps: list[RunStep]) -> list[Message]:
        messages: list[Message] = []
        for step in steps:
            if isinstance(step.step_details, MessageCreationDetails):
                message_id = step.step_details.message_creation.message_id
                found = await self._storage.messages.find(
                    record.project, record.run.thread_id, message_id
                )
                if found is not None:
                    messages.append(decode(found.body, Message))
        return messages

    def _now(self) -> int:
        return int(self._clock.now())
