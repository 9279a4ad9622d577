"""Words: what is one, and what is the same one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.storage.words import words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Red, red; RED!", ["red", "red", "red"]),
        ("snake_case x-ray don't 1.5", ["snake", "case", "x", "ray", "don", "t", "1", "5"]),
        ("Größe STRASSE Straße", ["große", "strasse", "straße"]),
        ("Café re\u0301sume\u0301 Ångström", ["cafe", "resume", "angstrom"]),
        ("İstanbul", ["istanbul"]),
        ("Οδός ΟΔΟΣ", ["οδοσ", "οδοσ"]),
        ("йод ёлка ды\u0301м", ["йод", "ёлка", "дым"]),
        ("ガラス カラス \u30ab\u3099", ["ガラス", "カラス", "ガ"]),
        ("한국어", ["한국어"]),
        ("", []),
        ("_ ?! \u0301 \x00", []),
    ],
)
def test_the_words_of_a_text(text: str, words: list[str]):
    assert words_in(text) == words


@given(st.text())
def test_a_word_is_one_word_however_often_it_is_looked_at(text: str):
    words = words_in(text)

    assert words_in(" ".join(words)) == words
    assert all(word and not set(word) & set(" _'\"#&|!():*<>\\\0") for word in words)
