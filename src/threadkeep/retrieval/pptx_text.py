"""Presentations (.pptx) to passages: slide by slide with its number and title, each with the speaker's notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Final

from threadkeep.retrieval import limits
from threadkeep.retrieval.office_xml import Attributes, Parts, opened, value
from threadkeep.retrieval.passages import Headings, Passage, Passages, Section

_PRESENTATION: Final = "ppt/presentation.xml"
_SLIDE: Final = re.compile(r"ppt/slides/slide(\d+)\.xml")
_NOTES: Final = re.compile(r"ppt/notesSlides/[^/]+\.xml")
_SEPARATORS: Final = {"tab": "\t", "br": "\n"}
_TITLES: Final = frozenset({"title", "ctrTitle"})
_UNSEEN: Final = frozenset({"Fallback"})
"""What is there once more for old readers."""
_NUMBER: Final = "sldNum"


def pptx_passages(file: IO[bytes]) -> Passages:
    """The passages of a presentation. Raises `UnreadableFileError`."""
    with opened(file) as parts:
        slides = _slides(parts)
        if not slides:
            raise limits.broken()
        for number, name in enumerate(slides, 1):
            yield from _slide_passages(parts, name, number)


def _slide_passages(parts: Parts, name: str, number: int) -> Passages:
    slide = _Text()
    parts.read(name, slide)
    headings = Headings()
    headings.enter(1, slide.title)
    section = Section(number, headings.path)
    yield Passage(slide.text, section)
    for notes in filter(_NOTES.fullmatch, parts.related(name).values()):
        said = _Text()
        parts.read(notes, said)
        yield Passage(said.text, section)


def _slides(parts: Parts) -> list[str]:
    """The names of the slides as they are shown; by their own numbers if the presentation does not say."""
    order = _Order()
    parts.read(_PRESENTATION, order)
    related = parts.related(_PRESENTATION)
    shown = [related[key] for key in order.keys if key in related]
    return shown or [name for _, name in sorted(_numbered(parts))]


def _numbered(parts: Parts) -> Iterator[tuple[int, str]]:
    for name in parts.names:
        if found := _SLIDE.fullmatch(name):
            yield int(found[1]), name


class _Order:
    """Collects the ids of the slides."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sldId":
            self.keys.append(value(attributes, "id") or "")

    def end(self, name: str) -> None:
        pass

    def characters(self, data: str) -> None:
        pass


class _Text:
    """Collects the text of a slide, a line for each paragraph."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._title: list[str] = []
        self._length = 0
        self._in_text = 0
        self._in_unseen = 0
        self._placeholder: str | None = None

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._pieces)

    @property
    def title(self) -> str:
        """What stands in the slide's title."""
        return "".join(self._title)

    def start(self, name: str, attributes: Attributes) -> None:
        self._in_text += name == "t"
        self._in_unseen += name in _UNSEEN
        if name == "sp":
            self._placeholder = None
        elif name == "ph":
            self._placeholder = attributes.get("type")
        elif name in _SEPARATORS:
            self._add(_SEPARATORS[name])

    def end(self, name: str) -> None:
        self._in_text -= name == "t"
        self._in_unseen -= name in _UNSEEN
        if name == "p" and self._pieces and not self._pieces[-1].endswith("\n"):
            self._add("\n")
        elif name == "sp":
            self._placeholder = None

    def characters(self, data: str) -> None:
        if self._in_text:
            self._add(data)

    def _add(self, text: str) -> None:
        if self._in_unseen or self._placeholder == _NUMBER:
            return
        self._pieces.append(text)
        self._length += len(text)
        if self._placeholder in _TITLES:
            self._title.append(text)
        if self._length > limits.LONGEST_PART:
            raise limits.too_much()
