"""Answers are told to Prometheus as its own client would tell them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from threadkeep.telemetry.answers import Answers

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ANSWERS = [
    ("GET", "/threads/{thread_id}", 200, 0.005),
    ("GET", "/threads/{thread_id}", 200, 0.0051),
    ("GET", "/threads/{thread_id}", 404, 11.0),
    ("POST", "/threads", 200, 0.25),
    ("POST", "/threads", 499, None),
    ("GET", "none", 404, 0.0),
]


def told(registry: CollectorRegistry) -> set[str]:
    lines = generate_latest(registry).decode().splitlines()
    return {line for line in lines if "_created" not in line}


def test_what_is_told_is_what_counters_and_histograms_would_tell():
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    answers = Answers()
    ours.register(answers)
    labels = ["method", "route", "status"]
    requests = Counter("threadkeep_http_requests", "Requests answered.", labels, registry=theirs)
    began = Histogram(
        "threadkeep_http_answer_seconds",
        "Time until an answer began.",
        ["route"],
        buckets=BOUNDS,
        registry=theirs,
    )
    for method, route, status, seconds in ANSWERS:
        answers.add(method, route, status, seconds)
        requests.labels(method, route, status).inc()
        if seconds is not None:
            began.labels(route).observe(seconds)

    assert told(ours) == told(theirs)
    assert 'http_answer_seconds_bucket{le="0.005",route="/threads/{thread_id}"} 1.0' in str(
        told(ours)
    )
