"""Vectors to search by: directions in a plane, so that how near they are can be read off their angles."""

from __future__ import annotations

import math
import struct

from threadkeep.storage import Chunk
from threadkeep.types.embedding import Embedding, EmbeddingSpace, Vector

SPACE = EmbeddingSpace("compass", 4)
OTHER_SPACE = EmbeddingSpace("another", 4)


def towards(degrees: float) -> Vector:
    """A vector that points there: its cosine with another is that of the angle between."""
    angle = math.radians(degrees)
    return struct.pack("<4f", math.cos(angle), math.sin(angle), 0.0, 0.0)


def meaning(*degrees: float, space: EmbeddingSpace = SPACE) -> Embedding:
    """An embedding with these vectors."""
    return Embedding(space, [towards(each) for each in degrees])


def chunk(text: str, *degrees: float, space: EmbeddingSpace = SPACE) -> Chunk:
    """A chunk with a window for each direction."""
    return Chunk(text=text, embedding=meaning(*degrees, space=space) if degrees else None)
