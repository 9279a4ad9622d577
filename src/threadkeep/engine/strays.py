"""Strays: runs that a worker holds in the storage and does not work on. Pure.

The answer to a claim was lost, or what became of the run could not be written. The lease of the worker goes on, so
nobody else would ever take such a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from threadkeep.storage import RunOwnership

Claim: TypeAlias = tuple[str, int]
"""A run id and the epoch of the claim."""


class Strays:
    """Those of one worker. A run is one once it was seen twice and every claim that may have given it is answered."""

    def __init__(self) -> None:
        self._seen: dict[Claim, float] = {}
        self._certain: list[RunOwnership] = []

    def look(
        self, unknown: Mapping[Claim, RunOwnership], now: float, oldest_claim: float | None
    ) -> None:
        """These are held and not worked on `now`; the oldest claim that has no answer yet was sent then, if any."""
        self._seen = {claim: self._seen.get(claim, now) for claim in unknown}
        self._certain = [
            unknown[claim]
            for claim, seen in self._seen.items()
            if seen < now and (oldest_claim is None or seen < oldest_claim)
        ]

    def take(self) -> list[RunOwnership]:
        """Those that are certain, once."""
        certain, self._certain = self._certain, []
        return certain
