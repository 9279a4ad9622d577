"""Chunks as rows, and words as the index knows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from threadkeep.storage import Chunk
from threadkeep.storage.postgres.session import Parameters
from threadkeep.storage.words import words_in

CHUNKS_AT_A_TIME: Final = 50
"""As many as a transaction writes or frees, so that none takes long."""

_LONGEST_WORD: Final = 500  # characters: 2,000 bytes, a little less than the index takes


def chunk_rows(chunks: Sequence[Chunk], position: int) -> Parameters:
    """The columns of the rows of a file's chunks from `position` on, but for whose they are."""
    words = [words_in(chunk.text) for chunk in chunks]
    return {
        "positions": list(range(position, position + len(chunks))),
        "overlaps": [chunk.overlap for chunk in chunks],
        "texts": [chunk.text.encode() for chunk in chunks],
        "word_counts": [len(listed) for listed in words],
        "pages": [chunk.page for chunk in chunks],
        "headings": [chunk.heading for chunk in chunks],
        "words": [" ".join(indexed(listed)) for listed in words],
    }


def indexed(words: Iterable[str]) -> list[str]:
    """The words as the index is given them."""
    return [word[:_LONGEST_WORD] for word in words]


def scope(vector_store: int) -> str:
    """The word of the index that all chunks of a vector store hold, and that no text can hold."""
    return f"#{vector_store}"
