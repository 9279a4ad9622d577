"""Spans, as whoever makes them sees them. `otel.py` hands them on; here they go nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Literal, Protocol, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int | float | Sequence[str] | None]
"""What is known of a span. None stands for what is not."""
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]
"""As ASGI has them."""
Kind: TypeAlias = Literal["server", "client", "internal"]
"""Whether it answers somebody, asks somebody, or happens here."""

_NOTHING_ENTERED: Final = nullcontext()


class Span(Protocol):
    """Something that takes a while. It ends with `end`, or with the block that it is entered for."""

    @property
    def is_recorded(self) -> bool:
        """Whether what is told of it goes anywhere."""
        ...

    def rename(self, name: str) -> None:
        """Give it the name that it should have begun with."""
        ...

    def set(self, attributes: Attributes) -> None:
        """Tell what has become known of it."""
        ...

    def fail(self, error: str) -> None:
        """It went wrong; `error` is the kind of error, not its words, which may be somebody's."""
        ...

    def entered(self) -> AbstractContextManager[object]:
        """Let spans that begin within the block belong to this one, which ends with it."""
        ...

    def end(self) -> None:
        """It is over."""
        ...


class Tracing(Protocol):
    """Begins spans."""

    def begin(
        self,
        name: str,
        attributes: Attributes,
        *,
        kind: Kind = "internal",
        carrier: Mapping[str, str] | None = None,
    ) -> Span:
        """A span that begins now. It belongs to the one that `carrier` names, else to the one entered here."""
        ...

    def carrier(self, headers: Headers) -> Mapping[str, str]:
        """A request's headers (names in lower case), if they may name a span; else nothing."""
        ...

    def traceparent(self) -> str | None:
        """The span entered here, as the W3C has it, to be handed on to whoever carries on; None if there is none."""
        ...


class NoSpan:
    """Nothing."""

    is_recorded = False

    def rename(self, name: str) -> None:
        """Do nothing."""

    def set(self, attributes: Attributes) -> None:
        """Do nothing."""

    def fail(self, error: str) -> None:
        """Do nothing."""

    def entered(self) -> AbstractContextManager[object]:
        """Do nothing."""
        return _NOTHING_ENTERED

    def end(self) -> None:
        """Do nothing."""


class NoTracing:
    """Begins nothing."""

    def __init__(self) -> None:
        self._span = NoSpan()

    def begin(
        self,
        name: str,  # noqa: ARG002 - as the contract has it
        attributes: Attributes,  # noqa: ARG002
        *,
        kind: Kind = "internal",  # noqa: ARG002
        carrier: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> Span:
        """Nothing."""
        return self._span

    def carrier(self, headers: Headers) -> Mapping[str, str]:  # noqa: ARG002
        """None."""
        return {}

    def traceparent(self) -> str | None:
        """None."""
        return None
