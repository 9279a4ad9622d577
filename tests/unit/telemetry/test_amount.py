"""Amounts are told to Prometheus as its own counters and gauges would be."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

from threadkeep.telemetry.amount import Amount


def told(registry: CollectorRegistry) -> list[str]:
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if "_created" not in line]


def test_what_is_told_is_what_counters_and_gauges_would_tell():
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    claims = Amount(CounterMetricFamily, "claims", "Claimed.", ())
    rescues = Amount(CounterMetricFamily, "rescues", "Rescued.", ())
    calls = Amount(CounterMetricFamily, "calls", "Called.", ("tool", "outcome"))
    never = Amount(CounterMetricFamily, "never", "Never.", ("why",))
    working = Amount(GaugeMetricFamily, "working", "Worked on.", ())
    for amount in (claims, rescues, calls, never, working):
        ours.register(amount)
    claims.add()
    claims.add(by=41)
    for outcome in ("completed", "failed", "completed"):
        calls.add("file_search", outcome)
    for change in (1, 1, -1):
        working.add(by=change)

    Counter("claims", "Claimed.", registry=theirs).inc(42)
    Counter("rescues", "Rescued.", registry=theirs)
    their_calls = Counter("calls", "Called.", ["tool", "outcome"], registry=theirs)
    their_calls.labels("file_search", "completed").inc(2)
    their_calls.labels("file_search", "failed").inc()
    Counter("never", "Never.", ["why"], registry=theirs)
    Gauge("working", "Worked on.", registry=theirs).set(1)

    assert told(ours) == told(theirs)
    assert "claims_total 42.0" in told(ours)
