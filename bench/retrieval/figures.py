"""What the places at which right passages were found come to, and how far chance may have moved that."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev
from typing import Final, NamedTuple, TypeAlias

Places: TypeAlias = Sequence[int | None]
"""For each question the place of its passage, from 1; None if it was not found."""

_TWO_SIDED: Final = 1.96


class Figure(NamedTuple):
    """The mean over all questions, and how far from it the truth is in 19 of 20 cases at most."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.error:.3f}"


def figure(values: Sequence[float]) -> Figure:
    """Of one value for each question."""
    return Figure(mean(values), _TWO_SIDED * stdev(values) / len(values) ** 0.5)


def found_within(places: Places, most: int) -> list[float]:
    """For each question 1 if its passage is among the first so many, else 0. The mean is recall@most."""
    return [float(place is not None and place <= most) for place in places]


def reciprocal(places: Places) -> list[float]:
    """For each question 1 / its place, 0 without one. The mean is the MRR."""
    return [1 / place if place else 0.0 for place in places]


def gained(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """How much better one is than the other, question by question."""
    return figure([one - other for one, other in zip(ours, theirs, strict=True)])
