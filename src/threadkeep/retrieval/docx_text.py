"""Word documents (.docx) to passages: paragraph by paragraph under their headings, then notes and comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, Final

from threadkeep.retrieval import limits
from threadkeep.retrieval.office_xml import Attributes, Parts, opened, value
from threadkeep.retrieval.passages import Headings, Passage, Passages, Section

_DOCUMENT: Final = "word/document.xml"
_STYLES: Final = "word/styles.xml"
_NOTES: Final = re.compile(r"word/(?:(?:foot|end)notes|comments)\.xml")
_SEPARATORS: Final = {"tab": "\t", "br": "\n", "cr": "\n"}
_UNSEEN: Final = frozenset({"Fallback", "pPr"})
"""What is there once more for old readers; how a paragraph looks, with tab stops that are no tabs."""
_HEADING_STYLE: Final = re.compile(r"heading ([1-9])", re.IGNORECASE)
_TITLE_STYLE: Final = "title"
_BODY_LEVEL: Final = 9
"""The outline level of what is no heading; that of "heading 1" is 0."""
_LONGEST_PIECE: Final = 64 * 1024
_MOST_ANCESTORS: Final = 20


def docx_passages(file: IO[bytes]) -> Passages:
    """The passages of a document. Raises `UnreadableFileError`."""
    with opened(file) as parts:
        if _DOCUMENT not in parts.names:
            raise limits.broken()
        levels = _levels(parts)
        for name in (_DOCUMENT, *filter(_NOTES.fullmatch, parts.names)):
            text = _Text(levels if name == _DOCUMENT else {})
            for _ in parts.tell(name, text):
                yield from text.take()


def _levels(parts: Parts) -> dict[str, int]:
    """The outline level of each style that makes a heading."""
    styles = _Styles()
    parts.read(_STYLES, styles)
    levels = {style: styles.level(style) for style in styles.found}
    return {style: level for style, level in levels.items() if level is not None}


@dataclass
class _Style:
    parent: str | None = None
    level: int | None = None


class _Styles:
    """Collects the styles of a document."""

    def __init__(self) -> None:
        self.found: dict[str, _Style] = {}
        self._style = _Style()

    def start(self, name: str, attributes: Attributes) -> None:
        match name:
            case "style":
                self._style = self.found[value(attributes, "styleId") or ""] = _Style()
            case "name":
                self._style.level = _level_of_name(value(attributes, "val") or "")
            case "basedOn":
                self._style.parent = value(attributes, "val")
            case "outlineLvl":
                self._style.level = _outline_level(attributes)
            case _:
                pass

    def end(self, name: str) -> None:
        pass

    def characters(self, data: str) -> None:
        pass

    def level(self, style: str) -> int | None:
        """That of the style, else of the one that it is based on."""
        for _ in range(_MOST_ANCESTORS):
            found = self.found.get(style)
            if found is None or found.level is not None:
                return found.level if found and found.level != _BODY_LEVEL else None
            style = found.parent or ""
        return None


@dataclass
class _Paragraph:
    level: int | None = None
    pieces: list[str] = field(default_factory=list[str])
    length: int = 0


class _Text:
    """Collects the passages of a part. Paragraphs can lie in each other: in a text box."""

    def __init__(self, levels: dict[str, int]) -> None:
        self._levels = levels
        self._headings = Headings()
        self._passages: list[Passage] = []
        self._paragraphs = [_Paragraph()]
        self._in_text = 0
        self._in_unseen = 0
        self._in_change = 0

    def take(self) -> Passages:
        """What has been collected since the last time."""
        passages, self._passages = self._passages, []
        return iter(passages)

    def start(self, name: str, attributes: Attributes) -> None:
        self._in_text += name == "t"
        self._in_unseen += name in _UNSEEN
        self._in_change += name == "pPrChange"
        if name == "p":
            self._paragraphs.append(_Paragraph())
        elif name in _SEPARATORS:
            self._add(_SEPARATORS[name])
        elif name == "pStyle" and not self._in_change:
            self._paragraphs[-1].level = self._levels.get(value(attributes, "val") or "")
        elif name == "outlineLvl" and not self._in_change:
            level = _outline_level(attributes)
            self._paragraphs[-1].level = None if level == _BODY_LEVEL else level

    def end(self, name: str) -> None:
        self._in_text -= name == "t"
        self._in_unseen -= name in _UNSEEN
        self._in_change -= name == "pPrChange"
        if name == "p":
            self._end_paragraph(self._paragraphs.pop())

    def characters(self, data: str) -> None:
        if self._in_text:
            self._add(data)

    def _add(self, text: str) -> None:
        if self._in_unseen:
            return
        paragraph = self._paragraphs[-1]
        paragraph.pieces.append(text)
        paragraph.length += len(text)
        if paragraph.length > _LONGEST_PIECE:
            self._tell("".join(paragraph.pieces))
            paragraph.pieces, paragraph.length = [], 0

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        if self._in_unseen:
            return
        text = "".join(paragraph.pieces)
        if paragraph.level is not None and text.strip():
            self._headings.enter(paragraph.level, text)
        self._tell(f"{text}\n")

    def _tell(self, text: str) -> None:
        self._passages.append(Passage(text, Section(heading=self._headings.path)))


def _level_of_name(name: str) -> int | None:
    """That of a built-in style: these have their English names in every language."""
    if name.lower() == _TITLE_STYLE:
        return -1
    heading = _HEADING_STYLE.fullmatch(name)
    return int(heading[1]) - 1 if heading else None


def _outline_level(attributes: Attributes) -> int:
    level = value(attributes, "val") or ""
    return int(level) if level.isdecimal() and int(level) < _BODY_LEVEL else _BODY_LEVEL
