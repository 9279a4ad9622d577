"""Runs in storage: each change of status is counted, and whoever sets a run going hands on the trace it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from threadkeep.storage import EventSpan, RunRecord, Runs
from threadkeep.telemetry import Telemetry
from threadkeep.types.message import Message
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread


class ObservedRuns:
    """Does as the runs within do. What storage refused is not counted."""

    def __init__(self, runs: Runs, telemetry: Telemetry) -> None:
        self._runs = runs
        self._metrics = telemetry.metrics
        self._tracing = telemetry.tracing
        self.find = runs.find
        self.page = runs.page
        self.delete = runs.delete
        self.due = runs.due
        self.orphans = runs.orphans

    async def insert(
        self,
        record: RunRecord,
        *,
        messages: Sequence[Message] = (),
        thread: Thread | None = None,
    ) -> RunRecord:
        """Keep a new run."""
        record = self._traced(record)
        kept = await self._runs.insert(record, messages=messages, thread=thread)
        self._count_set_going(kept)
        return kept

    async def claim(
        self,
        worker: str,
        start: Callable[[Run], Run],
        *,
        limit: int,
        only: tuple[str, str] | None = None,
    ) -> list[RunRecord]:
        """Give queued runs to `worker`."""
        claimed = await self._runs.claim(worker, start, limit=limit, only=only)
        for record in claimed:
            self._count_claim(record)
        return claimed

    async def write(
        self,
        record: RunRecord,
        *,
        steps: Sequence[RunStep] = (),
        messages: Sequence[Message] = (),
        spans: Mapping[str, EventSpan] | None = None,
        after: RunRecord | None = None,
    ) -> RunRecord | None:
        """Write what became of a run."""
        is_set_going = after is not None and _is_set_going(record, after)
        if after is not None and is_set_going:
            after = self._traced(replace(after, traceparent=None))
        written = await self._runs.write(
            record, steps=steps, messages=messages, spans=spans, after=after
        )
        if written is not None and is_set_going:
            self._count_set_going(written)
        elif written is not None and written.run.status != record.run.status:
            self._metrics.runs.add(written.run.status)
        return written

    def _traced(self, record: RunRecord) -> RunRecord:
        """The record with the trace of whoever sets the run going."""
        return replace(record, traceparent=record.traceparent or self._tracing.traceparent())

    def _count_set_going(self, record: RunRecord) -> None:
        """The run was queued, if only on its way to the worker that has it by now."""
        self._metrics.runs.add("queued")
        if record.worker is not None:
            self._count_claim(record)

    def _count_claim(self, record: RunRecord) -> None:
        self._metrics.runs.add(record.run.status)
        self._metrics.claims.add()
        if record.attempts > 1:
            self._metrics.rescues.add()


def _is_set_going(before: RunRecord, after: RunRecord) -> bool:
    """Whether a caller submitted what the run waited for."""
    is_waiting = before.run.status == "requires_action"
    return is_waiting and after.run.status in {"queued", "in_progress"}
