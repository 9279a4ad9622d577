"""What was found of chat models, as values to build from and to show. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from threadkeep.inference.local import UPSTREAM as LOCAL
from threadkeep.inference.local import LocalModel
from threadkeep.settings import RouteSettings, UpstreamSettings

Result: TypeAlias = Literal["used", "not found", "refused", "not looked for"]


class Secret:
    """A text that is not shown by accident."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(***)"

    def reveal(self) -> str:
        """The text itself."""
        return self._text


class Finding(msgspec.Struct, frozen=True):
    """What was looked at, what came of it, and why."""

    what: str
    result: Result
    why: str


class FoundUpstream(msgspec.Struct, frozen=True):
    """A server of chat models; `models` are those that it listed, if it was asked."""

    settings: UpstreamSettings
    api_key: Secret | None = None
    models: tuple[str, ...] = ()


class Discovery(msgspec.Struct, frozen=True):
    """All that was found."""

    upstreams: Mapping[str, FoundUpstream] = {}
    routes: Sequence[RouteSettings] = ()
    local: LocalModel | None = None
    findings: Sequence[Finding] = ()

    def destinations(self) -> list[tuple[str, str]]:
        """What each model name goes to, as lines to show: a pattern and where it leads."""
        return [(route.pattern, self._destination(route)) for route in self.routes]

    def _destination(self, route: RouteSettings) -> str:
        steps = [(route.upstream, route.model), *((f.upstream, f.model) for f in route.fallbacks)]
        return ", else ".join(f"{name}: {self._asked_for(name, model)}" for name, model in steps)

    def _asked_for(self, upstream: str, model: str | None) -> str:
        """The local model answers to every name, the others to those that they are asked for."""
        if upstream == LOCAL and self.local is not None:
            return self.local.name
        return model or "the same name"
