"""Which words are looked for: the rare ones, and of common ones as many as can be afforded."""

from __future__ import annotations

import pytest

from threadkeep.storage.common_words import COMMON_CHUNKS, MOST_CHUNKS, words_to_find

COMMON, VERY_COMMON = COMMON_CHUNKS + 1, MOST_CHUNKS + 1


@pytest.mark.parametrize(
    ("holding", "by_words", "beside_meaning"),
    [
        ({"a": 1, "b": COMMON_CHUNKS}, "ab", "ab"),
        ({"a": COMMON, "b": 9}, "b", "b"),
        ({"a": COMMON, "b": 9, "c": VERY_COMMON}, "b", "b"),
        ({"a": VERY_COMMON, "b": COMMON}, "b", "b"),
        ({"a": COMMON + 1, "b": COMMON, "c": COMMON, "d": MOST_CHUNKS}, "abc", "abc"),
        ({"a": VERY_COMMON, "b": VERY_COMMON}, "ab", ""),
        ({"a": COMMON}, "ax", "ax"),  # no chunk holds x
        ({"a": VERY_COMMON}, "ax", "x"),
        ({}, "x", "x"),
    ],
)
def test_the_words_that_are_looked_for(holding: dict[str, int], by_words: str, beside_meaning: str):
    words = sorted({*holding, *by_words})

    assert words_to_find(words, holding, has_meaning=False) == [*by_words]
    assert words_to_find(words, holding, has_meaning=True) == [*beside_meaning]
