"""Scores: what counts, and that they stay between 0 and 1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.storage.ranking import score, words_of


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("What is the capital of France?", ["capital", "france"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ("Red, red; RED!", ["red"]),
        ("snake_case x-ray don't", ["snake", "case", "x", "ray", "don", "t"]),
        ("Größe 東京 42", ["große", "東京", "42"]),
        ("re\u0301sume\u0301", ["resume"]),
        ("  ?!  ", []),
        ("", []),
    ],
)
def test_the_words_of_a_query(query: str, words: list[str]):
    assert words_of(query) == words


@given(st.text())
def test_no_word_can_be_read_as_syntax(query: str):
    for word in words_of(query):
        assert word.isalnum() or not set(word) & set('"*^():{}+-_ ')


def test_the_chunk_that_fits_every_word_best_has_a_full_score():
    fits = {"apple": {1: 2.0, 2: 1.0}, "red": {1: 3.0}}

    assert score(["apple", "red"], fits, 10)[1] == pytest.approx(1)


def test_a_word_that_no_chunk_holds_takes_from_all():
    fits = {"apple": {1: 2.0}}

    assert score(["apple", "unicorn"], fits, 10)[1] < 0.5


def test_a_rare_word_counts_for_more():
    fits = {"rare": {1: 1.0}, "common": dict.fromkeys(range(2, 10), 1.0)}
    scores = score(["rare", "common"], fits, 10)

    assert scores[1] > 2 * scores[2]


def test_a_word_in_every_chunk_still_counts():
    assert score(["apple"], {"apple": {1: 1.0}}, 1) == {1: 1.0}


def test_no_words_and_no_chunks_give_no_scores():
    assert score([], {}, 10) == {}
    assert score(["apple"], {}, 0) == {}


Words = st.sampled_from(["apple", "pear", "plum", "red", "green"])
Fits = st.dictionaries(
    Words,
    st.dictionaries(st.integers(1, 20), st.floats(1e-9, 1e3), min_size=1),
)


@given(st.lists(Words, unique=True), Fits, st.integers(20, 1_000))
def test_scores_lie_between_0_and_1_and_name_whoever_holds_a_word(
    words: list[str], fits: dict[str, dict[int, float]], chunk_count: int
):
    scores = score(words, fits, chunk_count)

    assert all(0 < reached <= 1 for reached in scores.values())
    assert set(scores) == {chunk for word in words for chunk in fits.get(word, ())}


@given(st.lists(Words, unique=True, min_size=1), Fits, st.integers(20, 1_000))
def test_who_fits_a_word_better_never_has_less(
    words: list[str], fits: dict[str, dict[int, float]], chunk_count: int
):
    worse, better = 100, 101
    doubled = {
        word: chunks | {worse: max(chunks.values()) / 4, better: max(chunks.values()) / 2}
        for word, chunks in fits.items()
    }

    scores = score(words, doubled, chunk_count)

    assert scores.get(better, 0) >= scores.get(worse, 0)
