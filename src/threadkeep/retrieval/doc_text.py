"""Word documents as they were before 2007 (.doc) to passages: the text as it stands, without pages and headings.

Such a file is a small file system. A stream in it begins with a table of where everything is; the text lies in pieces
of two encodings, and a list in another stream tells their order.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator
from typing import IO, Any, Final, NamedTuple

import olefile as _ole  # pyright: ignore[reportMissingTypeStubs]

from threadkeep.retrieval import limits
from threadkeep.retrieval.passages import Passage, Passages

_olefile: Any = _ole
"""The library tells its types only in part."""

_MAIN: Final = "WordDocument"
_MAGIC: Final = 0xA5EC
_WORD_97: Final = 0xC1
_IS_ENCRYPTED: Final = 0x0100
_IS_TABLE_1: Final = 0x0200
_LENGTHS: Final = 0x4C
"""Where the lengths of the parts of the text stand, of which these are read; headers and footers are not."""
_PARTS: Final = ("text", "footnotes", "", "", "comments", "endnotes", "text boxes", "")
_PIECE_TABLE: Final = 0x1A2
_PROPERTIES: Final = 1
_PIECES: Final = 2
_IS_ONE_BYTE: Final = 1 << 30
_BLOCK: Final = 32 * 1024
_DAMAGE: Final = (OSError, ValueError, IndexError, struct.error)
_LOCKED: Final = "It cannot be opened without a password."
_TOO_OLD: Final = "It was written by a Word before that of 1997."

_BEGIN: Final = "\x13"
_RESULT: Final = "\x14"
_END: Final = "\x15"
_FIELDS: Final = re.compile(f"([{_BEGIN}{_RESULT}{_END}])")
_SIGNS: Final = str.maketrans(
    {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x07": "\t", "\x1e": "-", "\t": "\t", "\n": "\n"}
    | {chr(code): None for code in range(0x20) if chr(code) not in "\r\x0b\x0c\x07\x1e\t\n"}
)
"""Ends of paragraphs, lines, pages and cells; what stands for pictures and references is left out."""


class _Piece(NamedTuple):
    """`length` characters, which stand at `place` of the stream, in one byte each or in two."""

    length: int
    place: int
    is_one_byte: bool


def doc_passages(file: IO[bytes]) -> Passages:
    """The passages of a document. Raises `UnreadableFileError`."""
    try:
        with _olefile.OleFileIO(file) as streams:
            if not streams.exists(_MAIN):
                raise limits.broken()
            main: bytes = streams.openstream(_MAIN).read()
            flags = _flags(main)
            table: bytes = streams.openstream(f"{int(flags & _IS_TABLE_1 > 0)}Table").read()
        fields = _Fields()
        for text in _read_parts(main, _pieces(main, table)):
            yield Passage(fields.without_instructions(text).translate(_SIGNS))
    except _DAMAGE as error:
        raise limits.broken() from error


def _flags(main: bytes) -> int:
    magic, version = struct.unpack_from("<HH", main)
    (flags,) = struct.unpack_from("<H", main, 10)
    if magic != _MAGIC:
        raise limits.broken()
    if version < _WORD_97:
        raise limits.invalid(_TOO_OLD)
    if flags & _IS_ENCRYPTED:
        raise limits.invalid(_LOCKED)
    return flags


def _pieces(main: bytes, table: bytes) -> list[_Piece]:
    """All pieces in their order. Before the list of them there may be properties, which do not matter here."""
    place, length = struct.unpack_from("<II", main, _PIECE_TABLE)
    data = table[place : place + length]
    place = 0
    while data[place] == _PROPERTIES:
        place += 3 + struct.unpack_from("<H", data, place + 1)[0]
    if data[place] != _PIECES:
        raise limits.broken()
    (size,) = struct.unpack_from("<I", data, place + 1)
    count = (size - 4) // 12
    begins = struct.unpack_from(f"<{count + 1}I", data, place + 5)
    places = struct.iter_unpack("<HIH", data[place + 9 + 4 * count :][: 8 * count])
    return [
        _piece(end - begin, where)
        for begin, end, (_, where, _) in zip(begins, begins[1:], places, strict=False)
    ]


def _piece(length: int, place: int) -> _Piece:
    if place & _IS_ONE_BYTE:
        return _Piece(length, (place & ~_IS_ONE_BYTE) // 2, is_one_byte=True)
    return _Piece(length, place, is_one_byte=False)


def _read_parts(main: bytes, pieces: list[_Piece]) -> Iterator[str]:
    """The text of the parts that are read, block by block."""
    lengths = struct.unpack_from(f"<{len(_PARTS)}I", main, _LENGTHS)
    begin = 0
    for part, length in zip(_PARTS, lengths, strict=True):
        if part:
            yield from _between(main, pieces, begin, begin + length)
        begin += length


def _between(main: bytes, pieces: list[_Piece], begin: int, end: int) -> Iterator[str]:
    """The characters from `begin` to `end`, counted over all pieces."""
    first = 0
    for piece in pieces:
        start, stop = max(begin - first, 0), min(end - first, piece.length)
        yield from _decoded(main, piece, start, stop)
        first += piece.length


def _decoded(main: bytes, piece: _Piece, start: int, stop: int) -> Iterator[str]:
    """The characters of a piece from `start` to `stop`."""
    encoding, width = ("cp1252", 1) if piece.is_one_byte else ("utf-16-le", 2)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    end = piece.place + width * stop
    for begin in range(piece.place + width * start, end, _BLOCK):
        yield decoder.decode(main[begin : min(begin + _BLOCK, end)])


class _Fields:
    """What a document works out, such as a link, is there as instruction and result; people see the result."""

    def __init__(self) -> None:
        self._open: list[bool] = []

    def without_instructions(self, text: str) -> str:
        """The text that goes on from what came before."""
        seen: list[str] = []
        for piece in _FIELDS.split(text):
            if piece == _BEGIN:
                self._open.append(True)
            elif piece == _RESULT and self._open:
                self._open[-1] = False
            elif piece == _END and self._open:
                self._open.pop()
            elif not any(self._open):
                seen.append(piece)
        return "".join(seen)
