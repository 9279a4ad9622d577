"""Bytes to text: UTF-8, UTF-16 and ASCII, with or without a byte order mark (contract §8)."""

from __future__ import annotations

import codecs
from typing import Final

from threadkeep.retrieval import limits

_NOT_TEXT: Final = "It is not text in UTF-8, UTF-16 or ASCII."
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT: Final = 4096


def decoded(data: bytes) -> str:
    """The text, with lines that end as on Unix. Raises `UnreadableFileError` if it is something else."""
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError:
        raise limits.invalid(_NOT_TEXT) from None
    if "\0" in text:
        raise limits.invalid(_NOT_TEXT)
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
