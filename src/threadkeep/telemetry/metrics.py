"""The numbers of one node. No label holds an id, a name that a caller chose, or anything else there is no end of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from threadkeep.telemetry.amount import Amount, Family
from threadkeep.telemetry.answers import Answers
from threadkeep.version import __version__

_MODEL_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_INGESTION_SECONDS: Final = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_OF_THE_LIBRARY: Final = "_created"
"""Series that say since when a counter counts: twice as many lines, and nothing that a restart does not show."""


class Metrics:
    """Counters that are added to where something happens; they begin anew with the process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._gauge("threadkeep_info", "Always 1.", "version").add(__version__)
        self.answers = Answers()
        self._registry.register(self.answers)
        self.runs = self._counter(
            "threadkeep_runs", "Runs that this node brought into a status.", "status"
        )
        self.claims = self._counter("threadkeep_run_claims", "Runs that this node claimed.")
        self.rescues = self._counter(
            "threadkeep_run_rescues", "Runs claimed again because their worker died."
        )
        self.working = self._gauge("threadkeep_runs_working", "Runs that this node works on now.")
        self.events = self._counter(
            "threadkeep_events", "Events that this node told of runs it is done with."
        )
        self.followers = self._gauge(
            "threadkeep_followers", "Streams of runs that this node serves now."
        )
        self.model_calls = self._counter(
            "threadkeep_model_calls", "Requests to chat models, by how they ended.", "outcome"
        )
        self.first_chunk_seconds = self._histogram(
            "threadkeep_model_first_chunk_seconds",
            "Time until a chat model began to reply.",
            _MODEL_SECONDS,
        )
        self.model_tokens = self._counter(
            "threadkeep_model_tokens", "Tokens that chat models read and wrote.", "kind"
        )
        self.tool_calls = self._counter(
            "threadkeep_tool_calls", "Calls of tools that the server runs.", "tool", "outcome"
        )
        self.ingestions = self._counter(
            "threadkeep_ingestions", "Files of vector stores read, by how that ended.", "outcome"
        )
        self.ingestion_seconds = self._histogram(
            "threadkeep_ingestion_seconds", "Time to read a file.", _INGESTION_SECONDS
        )

    def render(self, accept: str, more: Iterable[Metric] = ()) -> tuple[bytes, str]:
        """Everything, with `more` that was looked up just now, and the media type of the text."""
        encode, media_type = choose_encoder(accept)
        return encode(_Together(self._registry, more)), media_type

    def _counter(self, name: str, help: str, *labels: str) -> Amount:
        return self._amount(CounterMetricFamily, name, help, labels)

    def _gauge(self, name: str, help: str, *labels: str) -> Amount:
        return self._amount(GaugeMetricFamily, name, help, labels)

    def _amount(self, family: Family, name: str, help: str, labels: Sequence[str]) -> Amount:
        amount = Amount(family, name, help, labels)
        self._registry.register(amount)
        return amount

    def _histogram(self, name: str, help: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, help, buckets=buckets, registry=self._registry)


class _Together(Collector):
    """What was counted, and what was looked up."""

    def __init__(self, registry: CollectorRegistry, more: Iterable[Metric]) -> None:
        self._registry = registry
        self._more = more

    def collect(self) -> Iterable[Metric]:
        for metric in self._registry.collect():
            metric.samples = [s for s in metric.samples if not s.name.endswith(_OF_THE_LIBRARY)]
            yield metric
        yield from self._more
