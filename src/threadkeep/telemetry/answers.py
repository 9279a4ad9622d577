"""How many requests were answered, and how soon: counted for each, and made into metrics when somebody asks."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from threadkeep.telemetry.amount import Amount

_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BUCKETS: Final = (*map(str, _BOUNDS), "+Inf")


class Answers(Collector):
    """Answers by what was asked; told and asked on one event loop, so that nothing is locked."""

    def __init__(self) -> None:
        labels = ("method", "route", "status")
        self._requests = Amount(
            CounterMetricFamily, "threadkeep_http_requests", "Requests answered.", labels
        )
        self._times: defaultdict[str, _Times] = defaultdict(_Times)

    def add(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Another one, which began after so many seconds; or none did, as the caller left."""
        self._requests.add(method, route, str(status))
        if seconds is not None:
            self._times[route].add(seconds)

    def collect(self) -> Iterator[Metric]:
        """All of them until now."""
        yield from self._requests.collect()
        seconds = HistogramMetricFamily(
            "threadkeep_http_answer_seconds", "Time until an answer began.", labels=("route",)
        )
        for route, times in self._times.items():
            seconds.add_metric((route,), times.buckets(), times.sum)
        yield seconds


class _Times:
    """How long each of some answers took, as a histogram."""

    __slots__ = ("_counts", "sum")

    def __init__(self) -> None:
        self._counts = [0] * len(_BUCKETS)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self._counts[bisect_left(_BOUNDS, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """How many took at most as long as each bucket says."""
        return [*zip(_BUCKETS, accumulate(self._counts), strict=True)]
