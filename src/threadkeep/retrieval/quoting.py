"""Quoting: the sentence of a chunk that speaks most of what was searched for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 300
_SMALL_LETTERS: Final = "a-z\u00df-\u00f6\u00f8-\u00ff\u03ac-\u03ce\u0430-\u045f"
_SENTENCE_ENDS: Final = re.compile(
    rf"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+(?![{_SMALL_LETTERS}])"
)
"""A line that begins with a small letter goes on with the sentence of the line before, as in PDF files."""
_WORD: Final = re.compile(r"\w{3,}")


def quote(text: str, queries: Iterable[str]) -> str:
    """A sentence or a line of `text`, as it stands there, cut if it is very long; the first of the best."""
    wanted = _words(" ".join(queries))
    sentences = [sentence.strip() for sentence in _SENTENCE_ENDS.split(text)]
    best = max(sentences, key=lambda sentence: len(_words(sentence) & wanted), default="")
    return best[:_LONGEST]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
