"""Citing: finds the marks in a text that grows, so that each is told in one piece. Fed, never reading; pure.

A mark is `【…】` and short. Text in front of an open bracket goes out at once; from the bracket on it is held back
until the mark is complete, or is seen not to be one.
"""

from __future__ import annotations

from typing import Final

import msgspec

from threadkeep.tools import Citation, Citations

OPEN: Final = "【"
CLOSE: Final = "】"
_LONGEST: Final = 300


class Piece(msgspec.Struct, frozen=True):
    """Text to be told; a mark stands alone and has its citation."""

    text: str
    citation: Citation | None = None


class Citer:
    """Splits a text into pieces. A mark that stands for nothing, because the model made it up, is left out."""

    def __init__(self, citations: Citations) -> None:
        self._citations = citations
        self._held: str = ""

    def feed(self, text: str) -> list[Piece]:
        """What of the text can be told now."""
        if not self._citations:
            return [Piece(text)] if text else []
        pieces: list[Piece] = []
        rest: str = self._held + text
        self._held = ""
        while rest:
            before, bracket, after = rest.partition(OPEN)
            if before:
                pieces.append(Piece(before))
            if not bracket:
                break
            inside = _up_to(after, OPEN, CLOSE)
            if len(inside) == len(after) and len(inside) < _LONGEST:
                self._held = OPEN + inside
                break
            is_mark = after[len(inside) : len(inside) + 1] == CLOSE
            rest = after[len(inside) + is_mark :]
            pieces += self._mark(f"{OPEN}{inside}{CLOSE}") if is_mark else [Piece(OPEN + inside)]
        return pieces

    def finish(self) -> list[Piece]:
        """What was held back and is no mark."""
        held, self._held = self._held, ""
        return [Piece(held)] if held else []

    def _mark(self, text: str) -> list[Piece]:
        citation = self._citations.get(text)
        if citation is not None:
            return [Piece(text, citation)]
        return [] if "†" in text else [Piece(text)]


def _up_to(text: str, *ends: str) -> str:
    """The beginning of `text` that holds none of `ends`."""
    return text[: min((place for end in ends if (place := text.find(end)) >= 0), default=len(text))]
