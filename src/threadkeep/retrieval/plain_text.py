"""Bytes to text: UTF-8, UTF-16 and ASCII, with or without a byte order mark (contract §8)."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import IO, Final

from threadkeep.retrieval import limits

_NOT_TEXT: Final = "It is not text in UTF-8, UTF-16 or ASCII."
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK: Final = 64 * 1024
_LOOKED_AT: Final = 4096


def decoded(file: IO[bytes]) -> Iterator[str]:
    """The text, piece by piece, with lines that end as on Unix.

    Raises `UnreadableFileError` where it turns out to be something else.
    """
    block = file.read(_BLOCK)
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(_encoding(block))(), translate=True
    )
    try:
        while block:
            yield _checked(decoder.decode(block))
            block = file.read(_BLOCK)
        yield _checked(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        raise limits.invalid(_NOT_TEXT) from None


def _checked(text: str) -> str:
    if "\0" in text:
        raise limits.invalid(_NOT_TEXT)
    return text


def _encoding(data: bytes) -> str:
    """By its mark; else UTF-16 shows by zeros in every other byte, since most texts have some ASCII."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:_LOOKED_AT]
    zeros_first, zeros_second = head[0::2].count(0), head[1::2].count(0)
    if zeros_first == zeros_second == 0:
        return "utf-8"
    return "utf-16-le" if zeros_second > zeros_first else "utf-16-be"
