"""The chunks whose vectors are nearest to a query's: those that agree with it in most signs are compared exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from threadkeep.storage.half_floats import NUMBER_BYTES
from threadkeep.storage.sqlite.parameters import json_list
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session
from threadkeep.storage.sqlite.vector_block import (
    Block,
    Mask,
    Numbers,
    Places,
    Seqs,
    cosines_of,
    signs_of,
)

_OF_CHUNKS: Final = load_query("chunk_vectors/of_chunks")

COMPARED_CHUNKS: Final = 4096
"""So many chunks are compared exactly, which is all of a small vector store,"""
COMPARED_SHARE: Final = 200
"""or one in so many, if that is more."""


class Sight(NamedTuple):
    """A block of a space, and which of its chunks are searched."""

    embedding_space: int
    block: Block
    seen: Mask

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return self.block.size + self.seen.nbytes

    def only_of(self, files: Seqs) -> Sight:
        """The same for the chunks of some files."""
        return self._replace(seen=self.seen & np.isin(self.block.files, files))


def nearest(
    session: Session, sights: Sequence[Sight], query: Numbers, also: Iterable[int], depth: int
) -> dict[int, float]:
    """The `depth` nearest chunks, and those of `also`, with their cosines (0 to 1)."""
    asked = np.unique(np.fromiter(also, np.int64))
    chunks, cosines = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    for sight, wanted in zip(sights, _promising(sights, query), strict=True):
        wanted[sight.block.places(asked)] = True
        if wanted.any():
            found, reached = _compared(session, sight, np.flatnonzero(wanted), query)
            chunks.append(found)
            cosines.append(reached)
    return _best(np.concatenate(chunks), np.concatenate(cosines), asked, depth)


def _promising(sights: Sequence[Sight], query: Numbers) -> list[Mask]:
    """Of each block the chunks that may be among the nearest."""
    count = sum(int(sight.seen.sum()) for sight in sights)
    most = max(COMPARED_CHUNKS, count // COMPARED_SHARE)
    if count <= most:
        return [sight.seen.copy() for sight in sights]
    signs, farthest = signs_of(query[None]), len(query) + 1
    distances = [
        np.where(sight.seen, sight.block.distances(signs), np.uint16(farthest)) for sight in sights
    ]
    counts = sum(np.bincount(each, minlength=farthest) for each in distances)
    limit = int(np.searchsorted(np.cumsum(counts), most))
    return [each <= limit for each in distances]


def _compared(
    session: Session, sight: Sight, places: Places, query: Numbers
) -> tuple[Seqs, Numbers]:
    """Chunks of a block and their cosines, by numbers in memory or on the disk."""
    chunks = sight.block.chunks[places]
    if sight.block.has_vectors:
        return chunks, sight.block.cosines(places, query)
    rows = session.rows(
        _OF_CHUNKS, chunks=json_list(chunks.tolist()), embedding_space=sight.embedding_space
    )
    width = len(query) * NUMBER_BYTES
    vectors = np.frombuffer(b"".join(row[1] for row in rows), "<f2").reshape(-1, len(query))
    counts = np.array([len(row[1]) // width for row in rows], np.int64)
    return np.array([row[0] for row in rows], np.int64), cosines_of(
        vectors, np.arange(len(vectors)), counts, query
    )


def _best(chunks: Seqs, cosines: Numbers, asked: Seqs, depth: int) -> dict[int, float]:
    """The nearest, and those that were asked for."""
    wanted = np.isin(chunks, asked)
    if depth < len(cosines):
        wanted[np.argpartition(cosines, -depth)[-depth:]] = True
    else:
        wanted[:] = True
    reached = np.clip(cosines[wanted], 0.0, 1.0)
    return dict(zip(chunks[wanted].tolist(), reached.tolist(), strict=True))
