"""Passages: the text of a file, piece by piece, each with the page and the headings that it stands under."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

_LONGEST_TITLE: Final = 200
_GATHERED: Final = 64 * 1024


class Section(NamedTuple):
    """What a piece of text stands under; where it changes, something new begins.

    With `runs_on` a page may begin in the middle of a sentence.
    """

    page: int | None = None
    heading: str | None = None
    runs_on: bool = False


class Passage(NamedTuple):
    """A piece of text."""

    text: str
    section: Section = Section()


Passages: TypeAlias = Iterator[Passage]


class Headings:
    """The headings above a place, while a text is read from its beginning to its end."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        """Here a heading stands; it ends what stood under those of its level and below."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        words = " ".join(title.split())[:_LONGEST_TITLE]
        readable = "".join(letter for letter in words if letter.isprintable())
        if readable:
            self._open.append((level, readable))

    @property
    def path(self) -> str | None:
        """All of them, the topmost first."""
        return " > ".join(title for _, title in self._open) or None


def gathered(passages: Iterable[Passage]) -> Passages:
    """The same text in fewer passages. Each but the first has words, and a section ends with a line."""
    pieces: list[str] = []
    length, section = 0, Section()
    for text, its_section in passages:
        is_new = its_section != section and bool(text.strip())
        if pieces and (is_new or length > _GATHERED):
            if is_new and not pieces[-1].endswith("\n"):
                pieces.append("\n")
            yield Passage("".join(pieces), section)
            pieces, length = [], 0
        if text:
            section = its_section if is_new else section
            pieces.append(text)
            length += len(text)
    if pieces:
        yield Passage("".join(pieces), section)
