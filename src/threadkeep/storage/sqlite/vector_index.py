"""The vectors of SQLite's vector stores in memory.

They are loaded with the first search of a vector store and kept while there is room; of what is added later only the
new is loaded. Of a vector store that is larger than all the room only the signs of the numbers are held, a sixteenth.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Final, NamedTuple

import numpy as np

from threadkeep.storage.sqlite.nearest import Sight, nearest
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session
from threadkeep.storage.sqlite.vector_block import BLOCK_CHUNKS, Block, file_keys
from threadkeep.types.embedding import Vector

_PAGE: Final = load_query("chunk_vectors/page")
_LAST: Final = load_query("chunk_vectors/last")
_COUNT: Final = load_query("chunk_vectors/count")
_IN_SIGHT: Final = load_query("vector_store_files/in_sight")

_WASTE: Final = 2
"""Loaded anew is what has shrunk to less than a half since it was loaded."""


class SearchedVectors(NamedTuple):
    """The vectors of one vector store in one space, and the version of what is in sight there."""

    project: str
    vector_store: int
    embedding_space: int
    dimensions: int
    version: int


class _Loaded(NamedTuple):
    """What is in memory of one vector store. It is replaced, never changed: others may be searching it."""

    version: int
    last: int
    sights: tuple[Sight, ...]
    size: int


class VectorIndex:
    """Holds at most `most_bytes` of vectors, those that were searched last. For several threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[int, int], _Loaded] = OrderedDict()
        self._turn = Lock()

    def cosines(
        self,
        session: Session,
        searched: Sequence[SearchedVectors],
        vectors: Sequence[Vector],
        *,
        accepted: set[int] | None,
        also: Sequence[Iterable[int]],
        depth: int,
    ) -> list[dict[int, float]]:
        """For each vector the `depth` nearest chunks, and those of `also`, with their cosines (0 to 1).

        Only of `accepted` files, unless it is None.
        """
        sights = [sight for each in searched for sight in self._sights(session, each)]
        if accepted is not None:
            files = np.fromiter(accepted, np.int64)
            sights = [sight.only_of(files) for sight in sights]
        queries = [np.frombuffer(vector, "<f4") for vector in vectors]
        return [
            nearest(session, sights, query, asked, depth)
            for query, asked in zip(queries, also, strict=True)
        ]

    def _sights(self, session: Session, searched: SearchedVectors) -> tuple[Sight, ...]:
        """What is searched of a vector store."""
        key = (searched.vector_store, searched.embedding_space)
        last, row_bytes = session.row(_LAST, **_key(searched)) or (0, 0)
        loaded = self._kept.get(key)
        if loaded is None or (loaded.version, loaded.last) != (searched.version, last):
            (count,) = session.row(_COUNT, **_key(searched)) or (0,)
            has_room = count * row_bytes <= self._most_bytes
            before = [sight.block for sight in loaded.sights] if loaded else []
            blocks = _refreshed(session, searched, before, count, has_vectors=has_room)
            sights = _in_sight(session, searched, blocks)
            size = sum(sight.size for sight in sights)
            loaded = _Loaded(searched.version, last, sights, size)
        self._keep(key, loaded)
        return loaded.sights

    def _keep(self, key: tuple[int, int], loaded: _Loaded) -> None:
        """As what was searched last; what was not for longest makes room."""
        with self._turn:
            self._kept[key] = loaded
            self._kept.move_to_end(key)
            size = sum(each.size for each in self._kept.values())
            while len(self._kept) > 1 and size > self._most_bytes:
                size -= self._kept.popitem(last=False)[1].size


def _refreshed(
    session: Session,
    searched: SearchedVectors,
    blocks: Sequence[Block],
    count: int,
    *,
    has_vectors: bool,
) -> tuple[Block, ...]:
    """The blocks as they are now: those that are full stay, unless too little of them is left."""
    full = [block for block in blocks if block.is_full and block.has_vectors == has_vectors]
    if len(full) * BLOCK_CHUNKS > count * _WASTE:
        full = []
    above = full[-1].last if full else 0
    return (*full, *_read(session, searched, above, has_vectors=has_vectors))


def _read(
    session: Session, searched: SearchedVectors, above: int, *, has_vectors: bool
) -> Iterator[Block]:
    """The blocks behind a row."""
    while rows := session.rows(_PAGE, **_key(searched), above=above, limit=BLOCK_CHUNKS):
        block = Block(rows, searched.dimensions, has_vectors=has_vectors)
        above = block.last
        yield block


def _in_sight(
    session: Session, searched: SearchedVectors, blocks: Sequence[Block]
) -> tuple[Sight, ...]:
    """The blocks, and which of their chunks are of completed files at their epochs."""
    rows = session.rows(_IN_SIGHT, project=searched.project, vector_store=searched.vector_store)
    files, epochs = np.array(rows, np.int64).reshape(-1, 2).T
    keys = file_keys(files, epochs)
    return tuple(Sight(searched.embedding_space, block, block.in_sight(keys)) for block in blocks)


def _key(searched: SearchedVectors) -> dict[str, int]:
    return {
        "vector_store": searched.vector_store,
        "embedding_space": searched.embedding_space,
    }
