"""Where no OpenTelemetry is installed, spans are nothing and cost next to nothing."""

from __future__ import annotations

import subprocess
import sys

from threadkeep.telemetry.opening import open_tracing
from threadkeep.telemetry.otel import OpenTelemetry
from threadkeep.telemetry.tracing import NoTracing

WITHOUT = """
import sys
sys.modules["opentelemetry"] = None  # as if it were not installed
from threadkeep.telemetry.opening import open_tracing
print(type(open_tracing()).__name__)
"""


def test_with_its_api_spans_go_to_opentelemetry():
    assert isinstance(open_tracing(), OpenTelemetry)


TRACE = "00-0000000000000000000000000000000a-000000000000000b-01"
WITHOUT_SDK = f"""
from threadkeep.telemetry.otel import OpenTelemetry
tracing = OpenTelemetry()
print(type(tracing.begin("chat", {{}}, carrier={{}})).__name__)
with tracing.begin("chat", {{}}, carrier={{"traceparent": "{TRACE}"}}).entered():
    print(tracing.traceparent())
"""


def test_where_nobody_takes_spans_none_is_made_but_a_trace_is_handed_on():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SDK], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"NoSpan\n{TRACE}\n"


def test_without_it_there_are_none():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    assert done.stdout == "NoTracing\n"


def test_no_span_takes_everything_and_says_nothing():
    tracing = NoTracing()
    span = tracing.begin("chat", {"gen_ai.request.model": "m"}, kind="client", carrier={})
    with span.entered():
        span.rename("other")
        span.set({"a": 1})
        span.fail("server_error")
        assert tracing.traceparent() is None
    span.end()


def test_what_belongs_to_no_request_begins_a_trace_of_its_own():
    assert OpenTelemetry().traceparent() is None
