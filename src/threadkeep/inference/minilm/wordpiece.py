"""WordPiece: cuts a text into the tokens that BERT models know. Pure.

The rules are those of BERT, uncased (Devlin et al., 2018): words end at white space, punctuation and CJK characters; a
word is lower-cased, its accents and control characters are dropped, and then it is taken apart into the longest pieces
that the vocabulary has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

_CONTINUED: Final = "##"
"""What a piece begins with in the vocabulary if it does not begin its word."""
_UNKNOWN: Final = "[UNK]"
_LONGEST_WORD: Final = 100
_KEPT_WORDS: Final = 50_000
_CJK: Final = (
    "\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002b73f"
    "\U0002b740-\U0002b81f\U0002b820-\U0002ceaf\uf900-\ufaff\U0002f800-\U0002fa1f"
)
SPACE: Final = r"\t\n\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space, as a set of a regular expression."""
_BEYOND_PUNCTUATION: Final = 0x20000
"""From there on Unicode has CJK characters, and none for punctuation."""
_SYMBOLS: Final = "$+<=>^`|~"  # those of ASCII that Unicode does not count as punctuation


class Token(NamedTuple):
    """A token, and where the word that it is of stands in the text, in code points."""

    id: int
    start: int
    end: int


class WordPiece:
    """Cuts by a vocabulary: the id of each piece."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._unknown = vocabulary[_UNKNOWN]
        self._longest_piece = max(map(len, vocabulary))
        self._known: dict[str, tuple[int, ...]] = {}

    def count(self, text: str) -> int:
        """How many tokens the text has."""
        return sum(len(self._pieces(word)) for word in _words().findall(text))

    def ids(self, text: str) -> list[int]:
        """The tokens of the text."""
        return [piece for word in _words().findall(text) for piece in self._pieces(word)]

    def tokens(self, text: str) -> Iterator[Token]:
        """The tokens of the text and their places."""
        for word in _words().finditer(text):
            start, end = word.span()
            for piece in self._pieces(word.group()):
                yield Token(piece, start, end)

    def _pieces(self, word: str) -> tuple[int, ...]:
        pieces = self._known.get(word)
        if pieces is None:
            is_plain = word.isascii() and word.isalnum()
            parts = [word.lower()] if is_plain else _words().findall(_plain(word))
            pieces = tuple(piece for part in parts for piece in self._taken_apart(part))
            if len(self._known) < _KEPT_WORDS:
                self._known[word] = pieces
        return pieces

    def _taken_apart(self, word: str) -> list[int]:
        """The longest pieces, from the left; one unknown token if the vocabulary does not have them all."""
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        pieces: list[int] = []
        start = 0
        while start < len(word):
            found = self._longest(word, start)
            if found is None:
                return [self._unknown]
            piece, start = found
            pieces.append(piece)
        return pieces

    def _longest(self, word: str, start: int) -> tuple[int, int] | None:
        """The longest piece that begins there, and where it ends."""
        prefix = _CONTINUED if start else ""
        for end in range(min(len(word), start + self._longest_piece), start, -1):
            piece = self._vocabulary.get(prefix + word[start:end])
            if piece is not None:
                return piece, end
        return None


@cache
def bert_uncased() -> WordPiece:
    """The one of BERT's uncased models, and so of all-MiniLM-L6-v2: 30,522 pieces."""
    text = (files("threadkeep.inference.minilm") / "vocabulary.txt").read_text(encoding="utf-8")
    return WordPiece({piece: number for number, piece in enumerate(text.splitlines())})


def _plain(word: str) -> str:
    """Without accents and control characters, letter by letter in lower case."""
    lower = "".join(letter.lower() for letter in word if not _is_control(letter))
    decomposed = unicodedata.normalize("NFD", lower)
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def _is_control(letter: str) -> bool:
    return letter == "\ufffd" or unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs"}


def word_pattern(how_many: str = "+") -> str:
    """A regular expression for a run of so many letters, or one character that stands for itself.

    Plain ASCII is tried first: that is three times as fast.
    """
    characters = map(chr, range(_BEYOND_PUNCTUATION))
    punctuation = [each for each in characters if unicodedata.category(each)[0] == "P"]
    alone = "".join(map(re.escape, (*_SYMBOLS, *punctuation)))
    plain = "".join(re.escape(each) for each in (*_SYMBOLS, *punctuation) if each.isascii())
    word, end = f"[0-9A-Za-z]{how_many}+", rf"(?=[{plain}\t\n\r ]|\Z)"
    return rf"{word}{end}|[{plain}]|[^{_CJK}{alone}{SPACE}]{how_many}|[{_CJK}{alone}]"


@cache
def _words() -> re.Pattern[str]:
    return re.compile(word_pattern())
