"""The vectors of SQLite's vector stores in memory: a query is compared with all, which is exact.

They are loaded with the first search of a vector store and kept while there is room; of what is added later only the
new is loaded. A vector store that is larger than all the room is read anew by each search.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Final, NamedTuple

import numpy as np

from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session
from threadkeep.storage.sqlite.vector_block import BLOCK_CHUNKS, Block, Numbers, Seqs, file_keys
from threadkeep.types.embedding import Vector

_PAGE: Final = load_query("chunk_vectors/page")
_LAST: Final = load_query("chunk_vectors/last")
_COUNT: Final = load_query("chunk_vectors/count")
_IN_SIGHT: Final = load_query("vector_store_files/in_sight")

_WIDENED: Final = 2
"""How much more room numbers take in memory than on the disk."""
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
    in_sight: Seqs
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        return sum(block.size for block in self.blocks)


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
        queries = np.array([np.frombuffer(vector, "<f4") for vector in vectors])
        files = None if accepted is None else np.fromiter(accepted, np.int64)
        seen = [
            block.scores(queries, in_sight, files)
            for each in searched
            for in_sight, blocks in [self._blocks(session, each)]
            for block in blocks
        ]
        if not seen:
            return [{} for _ in vectors]
        chunks = np.concatenate([found for found, _ in seen])
        scores = np.concatenate([reached for _, reached in seen], axis=1)
        return [_best(chunks, scores[place], asked, depth) for place, asked in enumerate(also)]

    def _blocks(self, session: Session, searched: SearchedVectors) -> tuple[Seqs, Iterable[Block]]:
        """What is in sight, and the blocks: from memory if there is room for all of them."""
        key = (searched.vector_store, searched.embedding_space)
        last, row_bytes = session.row(_LAST, **_key(searched)) or (0, 0)
        loaded = self._kept.get(key)
        if loaded is None or (loaded.version, loaded.last) != (searched.version, last):
            in_sight = _in_sight(session, searched)
            (count,) = session.row(_COUNT, **_key(searched)) or (0,)
            if count * row_bytes * _WIDENED > self._most_bytes:
                return in_sight, _read(session, searched, 0)
            blocks = _refreshed(session, searched, loaded.blocks if loaded else (), count)
            loaded = _Loaded(searched.version, last, in_sight, blocks)
        self._keep(key, loaded)
        return loaded.in_sight, loaded.blocks

    def _keep(self, key: tuple[int, int], loaded: _Loaded) -> None:
        """As what was searched last; what was not for longest makes room."""
        with self._turn:
            self._kept[key] = loaded
            self._kept.move_to_end(key)
            size = sum(each.size for each in self._kept.values())
            while len(self._kept) > 1 and size > self._most_bytes:
                size -= self._kept.popitem(last=False)[1].size


def _refreshed(
    session: Session, searched: SearchedVectors, blocks: tuple[Block, ...], count: int
) -> tuple[Block, ...]:
    """The blocks as they are now: those that are full stay, unless too little of them is left."""
    full = tuple(block for block in blocks if block.is_full)
    if len(full) * BLOCK_CHUNKS > count * _WASTE:
        full = ()
    return (*full, *_read(session, searched, full[-1].last if full else 0))


def _read(session: Session, searched: SearchedVectors, above: int) -> Iterator[Block]:
    """The blocks behind a row."""
    while rows := session.rows(_PAGE, **_key(searched), above=above, limit=BLOCK_CHUNKS):
        block = Block(rows, searched.dimensions)
        above = block.last
        yield block


def _in_sight(session: Session, searched: SearchedVectors) -> Seqs:
    """The completed files at their epochs."""
    rows = session.rows(_IN_SIGHT, project=searched.project, vector_store=searched.vector_store)
    files, epochs = np.array(rows, np.int64).reshape(-1, 2).T
    return file_keys(files, epochs)


def _key(searched: SearchedVectors) -> dict[str, int]:
    return {
        "vector_store": searched.vector_store,
        "embedding_space": searched.embedding_space,
    }


def _best(chunks: Seqs, scores: Numbers, also: Iterable[int], depth: int) -> dict[int, float]:
    """The nearest, and those that were asked for, with their cosines."""
    wanted = np.isin(chunks, np.fromiter(also, np.int64))
    if depth < len(scores):
        wanted[np.argpartition(scores, -depth)[-depth:]] = True
    else:
        wanted[:] = True
    places = np.flatnonzero(wanted)
    cosines = np.clip(scores[places], 0.0, 1.0)
    return dict(zip(chunks[places].tolist(), cosines.tolist(), strict=True))
