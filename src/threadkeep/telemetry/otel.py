"""Spans of OpenTelemetry, by its API alone: whether they go anywhere is up to the SDK that the user sets up."""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import AbstractContextManager
from functools import cache
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import Getter, TextMapPropagator
from opentelemetry.trace import INVALID_SPAN, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from threadkeep.telemetry.tracing import Attributes, Headers, Kind, NoSpan, Span
from threadkeep.version import __version__

_KINDS: Final[Mapping[Kind, SpanKind]] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
}
_TRACEPARENT: Final = "traceparent"
_NO_SPAN: Final = NoSpan()
_NOWHERE: Final = Context()


class OpenTelemetrySpan:
    """A span of OpenTelemetry's."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def is_recorded(self) -> bool:
        """Whether what is told of it goes anywhere."""
        return self._span.is_recording()

    def rename(self, name: str) -> None:
        """Give it the name that it should have begun with."""
        self._span.update_name(name)

    def set(self, attributes: Attributes) -> None:
        """Tell what has become known of it."""
        self._span.set_attributes(
            {name: value for name, value in attributes.items() if value is not None}
        )

    def fail(self, error: str) -> None:
        """It went wrong."""
        self._span.set_attribute("error.type", error)
        self._span.set_status(Status(StatusCode.ERROR))

    def entered(self) -> AbstractContextManager[object]:
        """Let spans that begin within the block belong to this one, which ends with it."""
        return trace.use_span(
            self._span, end_on_exit=True, record_exception=False, set_status_on_exception=False
        )

    def end(self) -> None:
        """It is over."""
        self._span.end()


class _Asked(Getter[Mapping[str, str]]):
    """Finds nothing in a carrier, and remembers what was looked for."""

    def __init__(self) -> None:
        self.names = {_TRACEPARENT.encode()}
        self.is_for_all = False

    def get(self, carrier: Mapping[str, str], key: str) -> None:  # noqa: ARG002
        """Nothing."""
        self.names.add(key.lower().encode())

    def keys(self, carrier: Mapping[str, str]) -> list[str]:  # noqa: ARG002
        """None."""
        self.is_for_all = True
        return []


@cache
def _names_read_by(propagator: TextMapPropagator) -> Set[bytes] | None:
    """The names without any of which a carrier is as good as empty; None if there is no telling."""
    asked = _Asked()
    found = propagator.extract({}, Context(), asked)
    return None if found or asked.is_for_all else asked.names


class OpenTelemetry:
    """Begins spans of the tracer `threadkeep`."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer("threadkeep", __version__)
        self._w3c = TraceContextTextMapPropagator()

    def begin(
        self,
        name: str,
        attributes: Attributes,
        *,
        kind: Kind = "internal",
        carrier: Mapping[str, str] | None = None,
    ) -> Span:
        """A span that begins now. It belongs to the one that `carrier` names, else to the one entered here."""
        context = None if carrier is None else self._context(carrier)
        begun = self._tracer.start_span(name, context=context, kind=_KINDS[kind])
        if begun is INVALID_SPAN:  # no SDK was set up, and there is no trace to be handed on
            return _NO_SPAN
        span = OpenTelemetrySpan(begun)
        span.set(attributes)
        return span

    def _context(self, carrier: Mapping[str, str]) -> Context:
        """What the carrier names, in the W3C's way, which is ours, or the one that the user set up."""
        if not carrier:
            return _NOWHERE
        return propagate.extract(carrier, self._w3c.extract(carrier))

    def carrier(self, headers: Headers) -> Mapping[str, str]:
        """A request's headers (names in lower case), if they may name a span; else nothing."""
        names = _names_read_by(propagate.get_global_textmap())
        if names is not None and names.isdisjoint(dict(headers)):
            return {}
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}

    def traceparent(self) -> str | None:
        """The span entered here, as the W3C has it."""
        carrier: dict[str, str] = {}
        self._w3c.inject(carrier)
        return carrier.get(_TRACEPARENT)
