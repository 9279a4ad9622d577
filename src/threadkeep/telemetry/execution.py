"""Work on a run or a file, from its claim to its end, as operators see it."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeAlias

from threadkeep.storage import IngestionRecord, RunRecord
from threadkeep.telemetry import Telemetry
from threadkeep.telemetry.genai import outcome_attributes, run_attributes, run_name
from threadkeep.telemetry.tracing import Span
from threadkeep.types.run import Run

IngestionOutcome: TypeAlias = Literal["completed", "failed", "given back", "taken away"]
"""What came of reading a file: its text, no text, or nothing: the server ended, or nobody wants it any more."""


class ObservedRun:
    """A run that is worked on."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def ended(self, run: Run) -> None:
        """This is how the worker left it."""
        self._span.set(outcome_attributes(run))
        if run.status == "failed":
            self._span.fail(run.last_error.code if run.last_error else "failed")


class ObservedIngestion:
    """A file that is read."""

    def __init__(self) -> None:
        self.outcome: IngestionOutcome = "given back"
        self.chunk_count = 0


@contextmanager
def observed_run(telemetry: Telemetry, record: RunRecord) -> Generator[ObservedRun]:
    """Within the block a worker works on the run: in the trace of the request that set it going."""
    span = telemetry.tracing.begin(
        run_name(record.run), run_attributes(record), carrier=_carrier(record.traceparent)
    )
    telemetry.metrics.working.add()
    try:
        with span.entered():
            yield ObservedRun(span)
    finally:
        telemetry.metrics.working.add(by=-1)


@contextmanager
def observed_ingestion(
    telemetry: Telemetry, record: IngestionRecord
) -> Generator[ObservedIngestion]:
    """Within the block a file of a vector store is read."""
    observed, began_at = ObservedIngestion(), time.monotonic()
    attributes = {
        "threadkeep.file.id": record.file.id,
        "threadkeep.vector_store.id": record.vector_store_file.vector_store_id,
        "threadkeep.file.bytes": record.file.bytes,
    }
    span = telemetry.tracing.begin("ingest", attributes, carrier=_carrier(None))
    with span.entered():
        try:
            yield observed
        finally:
            span.set({"threadkeep.file.chunks": observed.chunk_count})
            if observed.outcome == "failed":
                span.fail("failed")
            telemetry.metrics.ingestions.add(observed.outcome)
            telemetry.metrics.ingestion_seconds.observe(time.monotonic() - began_at)


def _carrier(traceparent: str | None) -> Mapping[str, str]:
    """Names the trace to belong to; an empty one begins another, whatever goes on around."""
    return {"traceparent": traceparent} if traceparent else {}
