"""Which words of a text are looked for: those that many chunks hold say little, and take long to score. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

COMMON_CHUNKS: Final = 3_000
"""A word that more chunks hold is not looked for beside rarer ones."""
MOST_CHUNKS: Final = 12_000
"""Where all words are common, the rarest are looked for that so many chunks hold together."""


def words_to_find(
    words: Sequence[str], holding: Mapping[str, int], *, has_meaning: bool
) -> list[str]:
    """Of the words of a text those that are worth it; `holding` says how many chunks hold each, if any do.

    A text of nothing but very common words is left to its meaning; if that is not looked for, all words are.
    """
    rare = [word for word in words if holding.get(word, 0) <= COMMON_CHUNKS]
    if any(word in holding for word in rare):
        return rare
    room = MOST_CHUNKS
    affordable: list[str] = []
    for word in sorted(holding.keys() & set(words), key=holding.__getitem__):
        room -= holding[word]
        if room >= 0:
            affordable.append(word)
    if affordable or has_meaning:
        return [word for word in words if word in affordable or word in rare]
    return [*words]
