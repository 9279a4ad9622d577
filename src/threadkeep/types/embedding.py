"""Embeddings: texts as vectors, which lie close if the texts mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

Vector: TypeAlias = bytes
"""Numbers of 32 bits, little endian, as many as its space has dimensions; together of length 1."""


class EmbeddingSpace(msgspec.Struct, frozen=True):
    """What vectors have to share to be compared: the model that made them, and how many numbers they have."""

    model: str
    dimensions: int


class Embedding(msgspec.Struct, frozen=True):
    """Vectors of one space, each of a text."""

    space: EmbeddingSpace
    vectors: Sequence[Vector]
