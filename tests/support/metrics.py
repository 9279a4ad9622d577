"""The numbers of a server, read as Prometheus reads them."""

from __future__ import annotations

import time

from prometheus_client.parser import text_string_to_metric_families

from tests.support.http import Http

SECONDS = 15


class Numbers:
    """What `/metrics` told at one moment."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._values = {
            (
                sample.name.removeprefix("threadkeep_"),
                tuple(sorted(sample.labels.items())),
            ): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def of(self, name: str, **labels: str) -> float:
        """A number; 0 if it has not been told yet."""
        return self._values.get((name, tuple(sorted(labels.items()))), 0)

    @property
    def label_values(self) -> set[str]:
        """All that stands in any label."""
        return {value for _, labels in self._values for _, value in labels}


def idle_numbers(url: str) -> Numbers:
    """What it tells once it works on nothing: a run is over a little before its worker is done with it."""
    deadline = time.monotonic() + SECONDS
    while (told := numbers(url)).of("runs_working"):
        assert time.monotonic() < deadline, "it works on something for ever"
        time.sleep(0.01)
    return told


def numbers(url: str) -> Numbers:
    """What the server at `url` tells now."""
    answer = Http(url, key=None).get("/metrics")
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return Numbers(answer.body.decode())
