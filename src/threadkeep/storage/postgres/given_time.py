"""The time that statements are given: none, so that they take the database's own, unless a test has a clock."""

from __future__ import annotations

from threadkeep.types.clock import Clock


def given_now(clock: Clock | None) -> float | None:
    """The parameter `now` of a statement."""
    return None if clock is None else clock.now()
