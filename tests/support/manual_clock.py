"""A clock that stands still until a test moves it."""

from __future__ import annotations

import pytest


class ManualClock:
    """Starts at a round moment of 2023."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock()
