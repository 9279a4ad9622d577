"""Citing: finds the marks in a text that grows, so that each is told in one piece. Fed, never reading; pure.

The model is told of marks as `【m:n†file name】`. The numbers are what counts: models shorten names, leave them out,
put in blanks, take square brackets. What they write becomes the mark that they were told of. Text in front of an open
bracket goes out at once; from the bracket on it is held back until the mark is complete, or is seen not to be one.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from threadkeep.tools import Citation, Citations

_INSIDE: Final = r"[^【】]{0,300}"
_INSIDE_SQUARE: Final = r"[^【】\[\]]{0,300}"
_MARK: Final = re.compile(rf"【({_INSIDE})】|\[(\d{{1,4}}:\d{{1,4}}†{_INSIDE_SQUARE})\]")
_BEGUN: Final = re.compile(
    rf"(?:【{_INSIDE}|\[(?:\d{{1,4}}(?::(?:\d{{1,4}}(?:†{_INSIDE_SQUARE})?)?)?)?)\Z"
)
_HALF: Final = re.compile(r"[【\[]\s*\d{1,4}\s*[:\uff1a]\s*\d{1,4}\s*†")

_PAIR: Final = r"\s*(\d{1,4})\s*[:\uff1a]\s*(\d{1,4})\s*"
_COMMA: Final = r"[,;\u3001\uff0c]"
_PAIRS: Final = re.compile(rf"(?:^|{_COMMA}){_PAIR}(?=†|$|{_COMMA})")
_BARE: Final = re.compile(rf"{_PAIR}(?:{_COMMA}{_PAIR})*")
_TIME: Final = re.compile(r"\d{1,2}[:\uff1a]\d\d")


class Piece(msgspec.Struct, frozen=True, gc=False):
    """Text to be told; a mark stands alone and has its citation."""

    text: str
    citation: Citation | None = None


class Citer:
    """Splits a text into pieces. A mark that stands for nothing, because the model made it up, is left out."""

    __slots__ = ("_by_number", "_held")

    def __init__(self, citations: Citations) -> None:
        self._by_number = citations.by_number
        self._held: str = ""

    def feed(self, text: str) -> list[Piece]:
        """What of the text can be told now."""
        if not self._held and "【" not in text and "[" not in text:
            return [Piece(text)] if text else []
        text = self._held + text
        begun = _BEGUN.search(text)
        end = begun.start() if begun else len(text)
        self._held = text[end:]
        return self._split(text[:end])

    def finish(self) -> list[Piece]:
        """What was held back: a mark that breaks off after its numbers still stands for its result."""
        held, self._held = self._held, ""
        cited = self._read(held[1:]) if _HALF.match(held) else None
        return self._split(held) if cited is None else _pieces(cited)

    def _split(self, text: str) -> list[Piece]:
        pieces: list[Piece] = []
        plain, end = "", 0
        for mark in _MARK.finditer(text):
            cited = self._read(mark[1] or mark[2] or "")
            if cited is None:
                continue
            plain += text[end : mark.start()]
            end = mark.end()
            if cited and plain:
                pieces.append(Piece(plain))
                plain = ""
            pieces += _pieces(cited)
        plain += text[end:]
        return [*pieces, Piece(plain)] if plain else pieces

    def _read(self, inside: str) -> list[Citation] | None:
        """What stands between the brackets cites: nothing if it was made up, None if it is no mark at all."""
        is_named = "†" in inside
        if not is_named and not _BARE.fullmatch(inside):
            return None
        pairs = [f"{int(search)}:{int(result)}" for search, result in _PAIRS.findall(inside)]
        cited = [
            self._by_number[pair]() for pair in dict.fromkeys(pairs) if pair in self._by_number
        ]
        if cited:
            is_exact = cited[0].mark == f"【{inside}】"  # whatever the name of its file looks like
            return cited[:1] if is_exact else cited
        is_invented = pairs or self._by_number if is_named else self._looks_invented(inside)
        return [] if is_invented else None

    def _looks_invented(self, numbers: str) -> bool:
        """Numbers alone may be an hour of the day, or have nothing to do with a search."""
        return bool(self._by_number) and _TIME.fullmatch(numbers) is None


def _pieces(cited: list[Citation]) -> list[Piece]:
    return [Piece(citation.mark, citation) for citation in cited]
