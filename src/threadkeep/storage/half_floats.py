"""Vectors in floats of 16 bits, as they are kept: half the room, and no answer that would be another. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack, unpack
from typing import Final

from threadkeep.types.embedding import Vector

NUMBER_BYTES: Final = 2


def halved(vectors: Iterable[Vector]) -> bytes:
    """The vectors one after the other, each number in two bytes, little endian."""
    data = b"".join(vectors)
    count = len(data) // 4
    return pack(f"<{count}e", *unpack(f"<{count}f", data))
