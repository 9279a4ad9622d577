"""Measured text: the part of a file's text that is being cut, with its tokens and sections. Pure.

Places are counted in code points from the beginning of the whole text, and lie between units, never within one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from typing import Final

from threadkeep.retrieval.passages import Passage, Section
from threadkeep.retrieval.tokens import units

_FORGOTTEN: Final = 64 * 1024
"""What is done with is dropped when there is so much of it."""


class MeasuredText:
    """Grows at its end, and is forgotten from its beginning."""

    def __init__(self) -> None:
        self.end = 0
        self.measured = 0
        self._text = ""
        self._first = 0
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._totals = [0]  # the tokens before each unit, and before what comes after the last
        self._section_starts: list[int] = []
        self._sections: list[Section] = []

    def add(self, passage: Passage) -> None:
        """Go on with this passage."""
        if not self._sections or self._sections[-1] != passage.section:
            self._section_starts.append(self.end)
            self._sections.append(passage.section)
        self._text += passage.text
        self.end += len(passage.text)
        self._measure(is_whole=False)

    def finish(self) -> None:
        """Nothing comes any more."""
        self._measure(is_whole=True)
        self.measured = self.end

    def forget(self, place: int) -> None:
        """What lies before `place` is not asked for again."""
        if place - self._first < _FORGOTTEN:
            return
        self._text = self._text[place - self._first :]
        self._first = place
        gone = bisect_left(self._starts, place)
        del self._starts[:gone], self._ends[:gone], self._totals[:gone]
        sections = self._section_number(place)
        del self._section_starts[:sections], self._sections[:sections]

    @property
    def total_tokens(self) -> int:
        """How many the whole text has so far."""
        return self._totals[-1]

    def between(self, start: int, end: int) -> str:
        """The text there."""
        return self._text[start - self._first : end - self._first]

    def tokens(self, start: int, end: int) -> int:
        """How many there are between two places."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return self._totals[last] - self._totals[first]

    def reach(self, start: int, tokens: int) -> int:
        """The last place up to which there are at most so many tokens, but behind one unit at least."""
        first = bisect_left(self._starts, start)
        most = self._totals[first] + tokens
        return self._place(max(bisect_right(self._totals, most) - 1, first + 1))

    def reach_back(self, end: int, tokens: int) -> int:
        """The first place from which there are at most so many tokens."""
        least = self._totals[bisect_left(self._starts, end)] - tokens
        return min(self._place(bisect_left(self._totals, least)), end)

    def last(self, texts: Iterable[str], earliest: int, latest: int) -> int | None:
        """The last place that one of the texts ends at, behind `earliest` and up to `latest`."""
        first, end = earliest - self._first, latest - self._first
        found = max(self._text.rfind(each, first, end) + len(each) for each in texts)
        place = self._between_units(found + self._first)
        return place if earliest < place <= latest else None

    def first(self, texts: Iterable[str], earliest: int, latest: int) -> int | None:
        """The first place that one of the texts ends at, behind `earliest` and up to `latest`."""
        begin, end = earliest - self._first, latest - self._first
        ends = (
            place + len(each) for each in texts if (place := self._text.find(each, begin, end)) >= 0
        )
        found = min(ends, default=None)
        return None if found is None else self._between_units(found + self._first)

    def section_at(self, place: int) -> Section:
        """What the text at `place` stands under."""
        return self._sections[self._section_number(place)]

    def main_section(self, start: int, end: int) -> Section:
        """What most of the text there stands under; the first, if there are several."""
        first, last = self._section_number(start), self._section_number(end - 1)
        places = [start, *self._section_starts[first + 1 : last + 1], end]
        lengths = [after - before for before, after in pairwise(places)]
        return self._sections[first + lengths.index(max(lengths))]

    def section_start(self, place: int) -> int:
        """Where the section of `place` begins."""
        return self._section_starts[self._section_number(place)]

    def section_starts(self, start: int, end: int) -> Iterator[int]:
        """Where sections begin behind `start` and up to `end`."""
        first = bisect_right(self._section_starts, start)
        found = self._section_starts[first : bisect_right(self._section_starts, end)]
        return map(self._between_units, found)

    def _measure(self, *, is_whole: bool) -> None:
        """Find the units of what was added; the last may go on, and stays unmeasured till then."""
        starts, ends, tokens = units(self._text, self.measured - self._first)
        if ends and ends[-1] == len(self._text) and not is_whole:
            del starts[-1], ends[-1], tokens[-1]
        first = self._first
        self._starts += [start + first for start in starts]
        self._ends += [end + first for end in ends]
        self._totals += [*accumulate(tokens, initial=self._totals[-1])][1:]
        self.measured = self._ends[-1] if ends else self.measured

    def _place(self, unit: int) -> int:
        """Where a unit begins; where the measured text ends, if there are no more."""
        return self._starts[unit] if unit < len(self._starts) else self.measured

    def _between_units(self, place: int) -> int:
        """`place`, or the end of the unit that it lies within."""
        unit = bisect_left(self._ends, place)
        is_within = unit < len(self._ends) and self._starts[unit] < place
        return self._ends[unit] if is_within else place

    def _section_number(self, place: int) -> int:
        return max(bisect_right(self._section_starts, place) - 1, 0)
