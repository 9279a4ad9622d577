"""Office documents (.docx, .pptx) to text: archives of XML, read with limits, since both can be made to explode."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Final
from xml.parsers import expat

from threadkeep.retrieval import limits

_MOST_XML_BYTES: Final = 10 * limits.LONGEST_TEXT_BYTES
"""How much XML is unpacked; pictures do not count, they are not looked at."""
_BLOCK: Final = 64 * 1024
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    EOFError,
    NotImplementedError,  # a compression that there is not
    RuntimeError,  # a password
    ValueError,
)

_DOCX_PARTS: Final = (r"word/document\.xml", r"word/(?:foot|end)notes\.xml", r"word/comments\.xml")
_PPTX_PARTS: Final = (r"ppt/slides/slide(\d+)\.xml", r"ppt/notesSlides/notesSlide(\d+)\.xml")

_TEXT: Final = "t"
_PARAGRAPH: Final = "p"
_SEPARATORS: Final = {"tab": "\t", "br": "\n", "cr": "\n"}
_UNSEEN: Final = frozenset({"Fallback", "pPr"})
"""What is there once more for old readers; how a paragraph looks, with tab stops that are no tabs."""
_DEEPEST: Final = 500
"""How deep elements may lie in each other: real documents stay far below."""


def docx_text(file: IO[bytes]) -> str:
    """The text of a document, then its notes and comments. Raises `UnreadableFileError`."""
    return _text(file, _DOCX_PARTS)


def pptx_text(file: IO[bytes]) -> str:
    """The text of the slides, then the speaker's notes. Raises `UnreadableFileError`."""
    return _text(file, _PPTX_PARTS)


def _text(file: IO[bytes], patterns: tuple[str, ...]) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for pattern in patterns for name in _matching(archive, pattern)]
            if not names:
                raise limits.broken()
            return "\n".join(_texts(archive, names))
    except _DAMAGE as error:
        raise limits.broken() from error


def _matching(archive: zipfile.ZipFile, pattern: str) -> list[str]:
    """The parts of this name, by their number if they have one."""
    found = [match for name in archive.namelist() if (match := re.fullmatch(pattern, name))]
    found.sort(key=lambda match: int(match[1]) if match.re.groups else 0)
    return [match[0] for match in found]


def _texts(archive: zipfile.ZipFile, names: list[str]) -> Iterator[str]:
    """The text of each part."""
    unpacked = told = 0
    for name in names:
        text = _PartText()
        with archive.open(name) as part:
            while block := part.read(_BLOCK):
                text.feed(block)
                unpacked += len(block)
                if unpacked > _MOST_XML_BYTES or told + text.length > limits.LONGEST_TEXT_BYTES:
                    raise limits.too_long()
        told += text.length
        yield text.finish()


class _PartText:
    """The text of one part, fed with its XML. No document type is taken, so there are no entities to expand."""

    def __init__(self) -> None:
        self.length = 0
        self._pieces: list[str] = []
        self._depth = 0
        self._in_text = 0
        self._in_unseen = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, xml: bytes) -> None:
        """Read on."""
        self._parser.Parse(xml, False)  # noqa: FBT003 - it takes no keywords

    def finish(self) -> str:
        """The whole text."""
        self._parser.Parse(b"", True)  # noqa: FBT003 - it takes no keywords
        return "".join(self._pieces).strip("\n")

    def _start(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._depth += 1
        if self._depth > _DEEPEST:
            raise limits.broken()
        self._in_text += local == _TEXT
        self._in_unseen += local in _UNSEEN
        if local in _SEPARATORS:
            self._tell(_SEPARATORS[local])

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        self._depth -= 1
        self._in_text -= local == _TEXT
        self._in_unseen -= local in _UNSEEN
        if local == _PARAGRAPH:
            self._tell("\n")

    def _characters(self, data: str) -> None:
        if self._in_text:
            self._tell(data)

    def _tell(self, text: str) -> None:
        if not self._in_unseen:
            self._pieces.append(text)
            self.length += len(text)

    def _refuse(self, *_: object) -> None:
        raise limits.broken()
