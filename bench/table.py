"""The table of what must be true: what was measured, with its goal beside, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

Goal = tuple[Literal["≤", "≥"], float]
"""How far a figure may go, in its own unit."""

_HEAD = ("#", "what", "measured", "goal", "", "compared with")
_WIDTHS = (2, 74, 12, 12, 4, 0)


class Line(NamedTuple):
    """One figure. Without a goal it is a ceiling, or what others take for the same."""

    what: str
    value: float
    unit: str = ""
    goal: Goal | None = None
    beside: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is; None where there is none."""
        if self.goal is None:
            return None
        sign, bound = self.goal
        return self.value <= bound if sign == "≤" else self.value >= bound


def head() -> str:
    """The lines above the first row."""
    rule = "|".join("-" * (max(width, 3) + 2) for width in _WIDTHS)
    return f"{_row(_HEAD)}\n|{rule}|"


def text_of(number: int, line: Line) -> str:
    """One line of the table."""
    goal = "" if line.goal is None else f"{line.goal[0]} {_number(line.goal[1], line.unit)}"
    verdict = {True: "yes", False: "no", None: ""}[line.is_met]
    measured = _number(line.value, line.unit)
    return _row((str(number), line.what, measured, goal, verdict, line.beside))


def verdicts(lines: list[Line]) -> Iterator[bool]:
    """Of those with a goal."""
    return (line.is_met for line in lines if line.is_met is not None)


def _number(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f} {unit}".rstrip()


def _row(cells: tuple[str, ...]) -> str:
    padded = (f"{cell:{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return f"| {' | '.join(padded)} |"
