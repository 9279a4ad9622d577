"""What a node tells whoever watches it: numbers for Prometheus, spans for OpenTelemetry; never what anybody said.

`metrics.py` counts, `tracing.py` is what spans look like from inside; whatever a contract of the layers below can be
wrapped for is counted by a wrapper (`chat_model.py`, `runs.py`), so that the engine need not think of it.
"""

from __future__ import annotations

import msgspec

from threadkeep.telemetry.metrics import Metrics
from threadkeep.telemetry.tracing import NoTracing, Tracing

__all__ = ["Metrics", "Telemetry", "Tracing"]


class Telemetry(msgspec.Struct, frozen=True):
    """The numbers and the spans of one node."""

    metrics: Metrics = msgspec.field(default_factory=Metrics)
    tracing: Tracing = msgspec.field(default_factory=NoTracing)
