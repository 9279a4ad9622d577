"""Markdown to passages: the text as it is, a new passage at each heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from threadkeep.retrieval.passages import Headings, Passage, Passages, Section

_TITLE: Final = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_NO_TITLE: Final = re.compile(r" {4}|\t| {0,3}(?:[-*+>|#]|\d+[.)]\s)|\s*$")
"""Lines that a line of - or = under them does not make a heading of: code, lists, quotes, tables, blank ones."""
_FRONT_MATTER: Final = "---"
_LONGEST_LINE: Final = 64 * 1024


def markdown_passages(blocks: Iterable[str]) -> Passages:
    """The passages of a text that comes in blocks."""
    headings, lines = Headings(), _Lines()
    held = ""
    for line in _lines_of(blocks):
        underlined = lines.is_underline(line, held)
        if underlined:
            headings.enter(underlined, held)
        if held:
            yield Passage(held, Section(heading=headings.path))
        if title := lines.title(line):
            headings.enter(*title)
        held = line
    if held:
        yield Passage(held, Section(heading=headings.path))


class _Lines:
    """What a line is depends on those before it: in a block of code, or in the front matter, nothing is a heading."""

    def __init__(self) -> None:
        self._fence = ""
        self._number = 0
        self._is_after_blank = True

    def title(self, line: str) -> tuple[int, str] | None:
        """Level and text of the heading that the line is."""
        self._number += 1
        text = line.rstrip("\n")
        was_inside = bool(self._fence)
        self._look_for_fence(text)
        if was_inside or self._fence:
            return None
        found = _TITLE.match(text)
        return (len(found[1]), _without_marks(text[found.end() :])) if found else None

    def is_underline(self, line: str, before: str) -> int:
        """The level of the heading that this line makes of the one before; 0 if it makes none."""
        was_after_blank = self._is_after_blank
        self._is_after_blank = not before.strip()
        if self._fence or not was_after_blank or _NO_TITLE.match(before):
            return 0
        found = _UNDERLINE.match(line.rstrip("\n"))
        return (1 if "=" in line else 2) if found else 0

    def _look_for_fence(self, text: str) -> None:
        if self._number == 1 and text == _FRONT_MATTER:
            self._fence = _FRONT_MATTER
        elif self._fence == _FRONT_MATTER:
            self._fence = "" if text in ("", _FRONT_MATTER) else self._fence
        elif found := _FENCE.match(text):
            marks, rest = found[1], found[2]
            if not self._fence:
                self._fence = marks
            elif marks.startswith(self._fence) and not rest.strip():
                self._fence = ""


def _without_marks(title: str) -> str:
    """A title without the marks that may close it."""
    words = title.strip().rstrip("#")
    return words if not words or words[-1].isspace() else title


def _lines_of(blocks: Iterable[str]) -> Iterator[str]:
    """Line by line, each with its end; one that does not end comes in pieces."""
    rest = ""
    for block in blocks:
        *whole, rest = (rest + block).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(rest) > _LONGEST_LINE:
            yield rest
            rest = ""
    if rest:
        yield rest
