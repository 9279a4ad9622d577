"""The words of texts and of queries, as search compares them: without case, and without accents on Latin and Greek."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

_WORD: Final = re.compile(r"[^\W_]+")
_ACCENTS: Final = re.compile("(?<=[a-z\u0370-\u03ff])[\u0300-\u036f]+")
_MARKS: Final = re.compile("[\u0300-\u036f]")


def words_in(text: str) -> list[str]:
    """All words of a text, in their order."""
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    """The text as the full-text index of SQLite sees it: "Größe" is "große", and a sigma a sigma."""
    folded = text.lower()
    if folded.isascii():
        return folded
    bare = normalize("NFC", _ACCENTS.sub("", normalize("NFD", folded)))
    return _MARKS.sub("", bare).replace(
        "\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}"
    )
