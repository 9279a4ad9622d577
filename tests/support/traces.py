"""Spans that OpenTelemetry's own SDK hands out, as an exporter gets them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

PATIENCE_SECONDS = 10


class Traces(SpanExporter):
    """What has ended since the test began."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        self.is_on = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.is_on:
            self.spans.extend(spans)
        return SpanExportResult.SUCCESS

    def wait_for(self, name: str) -> ReadableSpan:
        """The first span whose name begins with `name`, once it has ended."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := [span for span in self.spans if span.name.startswith(name)]):
            assert time.monotonic() < deadline, [span.name for span in self.spans]
            time.sleep(0.01)
        return found[0]


_exporter = Traces()


@pytest.fixture(scope="session")
def tracer_provider() -> TracerProvider:
    """The one that the whole process has, as OpenTelemetry wants it."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(_exporter))
    trace.set_tracer_provider(provider)
    return provider


@pytest.fixture
def traces(tracer_provider: TracerProvider) -> Iterator[Traces]:
    """Spans of this test, to be asked for before the server is."""
    _exporter.spans.clear()
    _exporter.is_on = True
    yield _exporter
    _exporter.is_on = False
