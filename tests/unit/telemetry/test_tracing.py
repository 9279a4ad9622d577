"""Where no OpenTelemetry is installed, spans are nothing and cost next to nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


SET_UP = f"""
from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import TextMapPropagator, default_getter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from threadkeep.telemetry.otel import OpenTelemetry

class Theirs(TextMapPropagator):
    fields = frozenset()

    def extract(self, carrier, context=None, getter=default_getter):
        found = READ
        return TraceContextTextMapPropagator().extract({{"traceparent": found[0]}}) if found else Context()

    def inject(self, carrier, context=None, setter=None):
        pass

tracing = OpenTelemetry()
other, theirs = (b"host", b"here"), (b"x-theirs", b"{TRACE}")
assert tracing.carrier([other, theirs]) == {{}}
propagate.set_global_textmap(Theirs())
for headers in ([other], [other, theirs]):
    with tracing.begin("chat", {{}}, carrier=tracing.carrier(headers)).entered():
        print(tracing.traceparent())
"""


@pytest.mark.parametrize(
    "read",
    [
        'getter.get(carrier, "x-theirs")',
        '[carrier[name] for name in getter.keys(carrier) if name == "x-theirs"]',
    ],
)
def test_a_trace_is_found_wherever_the_one_who_set_that_up_looks_for_it(read: str):
    done = subprocess.run(
        [sys.executable, "-c", SET_UP.replace("READ", read)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"None\n{TRACE}\n"


def test_headers_are_looked_at_once_one_of_them_names_a_span():
    tracing = OpenTelemetry()
    others = [(b"host", b"here"), (b"tracestate", b"a=b")]

    assert tracing.carrier(others) == {}
    assert tracing.carrier([*others, (b"traceparent", TRACE.encode())]) == {
        "host": "here",
        "tracestate": "a=b",
        "traceparent": TRACE,
    }


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
