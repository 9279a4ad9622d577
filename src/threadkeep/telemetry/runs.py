"""Runs in storage: each change of status is counted, and whoever sets a run going hands on the trace it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from threadkeep.storage import EventSpan, OnCrash, RunRecord, Runs
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

    async def insert(  # noqa: PLR0913 - what the caller decides about a row
        self,
        project: str,
        run: Run,
        *,
        due_at: float,
        messages: Sequence[Message] = (),
        thread: Thread | None = None,
        on_crash: OnCrash = "resume",
        traceparent: str | None = None,
    ) -> RunRecord:
        """Keep a new run."""
        record = await self._runs.insert(
            project,
            run,
            due_at=due_at,
            messages=messages,
            thread=thread,
            on_crash=on_crash,
            traceparent=traceparent or self._tracing.traceparent(),
        )
        self._metrics.runs.labels(run.status).inc()
        return record

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
            self._metrics.runs.labels(record.run.status).inc()
            self._metrics.claims.inc()
            if record.attempts > 1:
                self._metrics.rescues.inc()
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
        if after is not None and _is_set_going(record, after):
            after = replace(after, traceparent=self._tracing.traceparent())
        written = await self._runs.write(
            record, steps=steps, messages=messages, spans=spans, after=after
        )
        if written is not None and after is not None and after.run.status != record.run.status:
            self._metrics.runs.labels(after.run.status).inc()
        return written


def _is_set_going(before: RunRecord, after: RunRecord) -> bool:
    """Whether a caller submitted what the run waited for."""
    return before.run.status == "requires_action" and after.run.status == "queued"
