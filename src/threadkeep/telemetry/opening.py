"""Tracing by OpenTelemetry where its API is installed, with the extra `otel`; else there is none."""

from __future__ import annotations

from threadkeep.telemetry.tracing import NoTracing, Tracing

try:
    from threadkeep.telemetry.otel import OpenTelemetry
except ModuleNotFoundError:
    OpenTelemetry = None


def open_tracing() -> Tracing:
    """What spans are to be made with here."""
    return NoTracing() if OpenTelemetry is None else OpenTelemetry()
