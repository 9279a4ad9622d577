"""How many tokens a text has, wherever a chunk or what is found has a size: as BERT's uncased models count them.

A run of letters without an end is counted in pieces, and so is one of white space: so nothing without an end counts as
nothing. Cut between two of its units, a text has as many tokens as its parts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple

from threadkeep.inference.minilm.wordpiece import SPACE, bert_uncased, word_pattern

_LONGEST_UNIT: Final = 100
"""Characters: the longest word that WordPiece takes apart."""
_KEPT_UNITS: Final = 50_000


class Units(NamedTuple):
    """What a text is not cut within, words and signs: where each begins and ends, and how many tokens it is."""

    starts: list[int]
    ends: list[int]
    tokens: list[int]


def token_count(text: str) -> int:
    """How many tokens."""
    return sum(map(_counts().__getitem__, _units().findall(text)))


def cut_to(text: str, tokens: int) -> str:
    """The beginning of a text that has at most so many tokens."""
    measured = units(text)
    fitting = bisect_right([*accumulate(measured.tokens)], tokens)
    if fitting == len(measured.tokens):
        return text
    return text[: measured.ends[fitting - 1]] if fitting else ""


def units(text: str, begin: int = 0) -> Units:
    """The units of a text from `begin` on, where one begins."""
    found = [*_units().finditer(text, begin)]
    counts = _counts()
    return Units(
        [unit.start() for unit in found],
        [unit.end() for unit in found],
        [counts[unit[0]] for unit in found],
    )


class _Counts(dict[str, int]):
    """The tokens of each unit that has been seen; of the first many they are kept."""

    def __missing__(self, unit: str) -> int:
        count = max(1, bert_uncased().count(unit))
        if len(self) < _KEPT_UNITS:
            self[unit] = count
        return count


@cache
def _counts() -> _Counts:
    return _Counts()


@cache
def _units() -> re.Pattern[str]:
    words = word_pattern(f"{{1,{_LONGEST_UNIT}}}")
    return re.compile(rf"{words}|[{SPACE}]{{{_LONGEST_UNIT}}}")
