"""Chunking: cuts a text into chunks that overlap. Pure.

A chunk ends where the text has a break, the strongest in the last part of what may go into it: between paragraphs, else
between lines, sentences or words. Sizes are counted in bytes of UTF-8, which is what the estimate of tokens goes by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from threadkeep.retrieval.tokens import BYTES_PER_TOKEN
from threadkeep.storage import Chunk
from threadkeep.types.vector_store import StaticChunking

_BREAKS: Final = (
    (b"\n\n",),
    (b"\n",),
    (b". ", b"! ", b"? ", *(end.encode() for end in "\u3002\uff01\uff1f")),
    (b" ", b"\t", "\u3000".encode()),
)
_SEARCHED: Final = 4
"""Breaks are looked for in the last quarter of a chunk, and of the overlap."""


def cut(text: str, sizes: StaticChunking) -> Iterator[Chunk]:
    """The chunks: no longer than `sizes` allows, and without what they repeat, together the text."""
    data = text.encode()
    longest = sizes.max_chunk_size_tokens * BYTES_PER_TOKEN
    overlap = sizes.chunk_overlap_tokens * BYTES_PER_TOKEN
    start = end = 0
    while end < len(data):
        repeated = data[start:end].decode()
        previous, end = end, _end(data, start, end, longest)
        yield Chunk(text=repeated + data[previous:end].decode(), overlap=len(repeated))
        start = _overlap_start(data, max(end - overlap, start + 1), end)


def _end(data: bytes, start: int, covered: int, longest: int) -> int:
    """Where a chunk ends that begins at `start` and has to bring something new after `covered`."""
    end = min(start + longest, len(data))
    if end == len(data):
        return end
    earliest = max(covered + 1, end - (end - covered) // _SEARCHED)
    for breaks in _BREAKS:
        found = max(data.rfind(each, earliest, end) + len(each) for each in breaks)
        if found > earliest:
            return found
    return _character_start(data, end)


def _overlap_start(data: bytes, start: int, end: int) -> int:
    """Where the next chunk begins: after a break, if one comes soon after `start`."""
    for breaks in _BREAKS[1:]:
        places = [data.find(each, start, start + (end - start) // _SEARCHED) for each in breaks]
        found = min(
            (place + len(each) for place, each in zip(places, breaks, strict=True) if place >= 0),
            default=None,
        )
        if found is not None:
            return found
    return _next_character(data, start, end)


def _character_start(data: bytes, place: int) -> int:
    """The beginning of the character that `place` lies in."""
    while data[place] & 0xC0 == 0x80:
        place -= 1
    return place


def _next_character(data: bytes, place: int, end: int) -> int:
    """`place`, or the beginning of the next character if it lies within one."""
    while place < end and data[place] & 0xC0 == 0x80:
        place += 1
    return place
