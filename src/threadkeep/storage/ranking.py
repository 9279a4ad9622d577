"""How well chunks answer a query, from 0 to 1.

A word counts by how rare it is among the chunks that are searched, and by how well a chunk fits it (bm25), compared
with the chunk that fits it best. All words at their best would be 1. So a score means the same in a vector store of one
chunk and of a million, and nothing that others keep beside it moves it much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Final, TypeAlias

from threadkeep.storage.words import words_in

_COMMON_WORDS: Final = """
a an and are as at be been but by can could did do does for from had has have how i if in into is it its
me my no not of on or our shall should so than that the their them then there these they this those to was we
were what when where which who whom whose why will with would you your
"""
_COMMON: Final = frozenset(_COMMON_WORDS.split())
"""They say nothing of what is looked for. English, as the stems that the index knows."""

_SATURATION: Final = 1.2
_BREVITY: Final = 0.75
"""The usual k1 and b of bm25: how soon one more occurrence counts for nothing, and how much shorter is better."""

Fits: TypeAlias = Mapping[str, Mapping[int, float]]
"""For each word the chunks that hold it, and how well they fit it: the more, the better."""


def words_of(query: str) -> list[str]:
    """The words to look for, each once: all but the common ones, if there are any others."""
    words = list(dict.fromkeys(words_in(query)))
    return [word for word in words if word not in _COMMON] or words


def fits_of(counts: Mapping[int, tuple[int, int]]) -> dict[int, float]:
    """How well chunks fit one word (bm25), from how often each holds it and how many words it has."""
    usual = sum(length for _, length in counts.values()) / max(len(counts), 1)
    return {
        chunk: count / (count + _SATURATION * (1 - _BREVITY + _BREVITY * length / usual))
        for chunk, (count, length) in counts.items()
    }


def score(words: Sequence[str], fits: Fits, chunk_count: int) -> dict[int, float]:
    """The scores of all chunks that hold a word of a query, of `chunk_count` that are searched."""
    weights = {word: _rarity(len(fits.get(word, ())), chunk_count) for word in words}
    whole = sum(weights.values())
    reached: dict[int, float] = {}
    for word, weight in weights.items():
        chunks = fits.get(word, {})
        share = weight / whole / max(chunks.values(), default=1.0)
        for chunk, fit in chunks.items():
            reached[chunk] = reached.get(chunk, 0.0) + share * fit
    rounded_up = [chunk for chunk, score in reached.items() if score > 1]
    return reached | dict.fromkeys(rounded_up, 1.0)


def _rarity(holding: int, chunk_count: int) -> float:
    """The inverse document frequency, as BM25 has it, and always above 0."""
    return log(1 + (max(chunk_count - holding, 0) + 0.5) / (holding + 0.5))
