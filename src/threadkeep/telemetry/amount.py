"""How much there was or is of something: added up as it happens, and made into a metric when somebody asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Family: TypeAlias = type[CounterMetricFamily] | type[GaugeMetricFamily]
"""Whether it only grows."""


class Amount(Collector):
    """By the values of its labels; told and asked on one event loop, so that nothing is locked."""

    def __init__(self, family: Family, name: str, help: str, labels: Sequence[str]) -> None:
        self._family: Family = family
        self._name = name
        self._help = help
        self._labels = labels
        self._values: defaultdict[tuple[str, ...], float] = defaultdict(float)
        if not labels:
            self.add(by=0)

    def add(self, *labels: str, by: float = 1) -> None:
        """So much more."""
        self._values[labels] += by

    def collect(self) -> Iterator[Metric]:
        """All of it until now."""
        family = self._family(self._name, self._help, labels=self._labels)
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        yield family
