"""The chunks whose vectors are nearest to a query's, in PostgreSQL: by pgvector, or by reading all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from struct import unpack
from typing import Final, NamedTuple

from threadkeep.storage.fusion import best_of
from threadkeep.storage.postgres.embedding_spaces import EmbeddingSpaces
from threadkeep.storage.postgres.query import Query, load_query
from threadkeep.storage.postgres.session import Parameters, Row, Session
from threadkeep.types.embedding import EmbeddingSpace, Vector

_ALL: Final = load_query("chunk_vectors/all")
_NEAREST_OF_ALL: Final = load_query("chunk_vectors/nearest_of_all")
_NEAREST_BY_INDEX: Final = load_query("chunk_vectors/nearest_by_index")
_COSINES: Final = load_query("chunk_vectors/cosines")

_COMPARED_ALL: Final = 10_000
"""With so many chunks it takes some milliseconds to compare all, which is exact."""
_FEW_FILES: Final = 100
"""Of which all chunks are compared, rather than to look for them among many others."""
_WINDOWS: Final = 2
"""For each chunk so many vectors are asked of the index: several of a chunk may be near."""
_SETTINGS: Final = """
set local enable_sort = off;
set local hnsw.ef_search = {depth};
set local hnsw.iterative_scan = relaxed_order;
"""
"""Without sorting only the index of the space gives vectors in their order."""
_MOST_EF_SEARCH: Final = 1000


class SearchedVectors(NamedTuple):
    """Where is searched: vector stores of one space, with so many chunks; of their files all, or these."""

    project: str
    vector_store_ids: Sequence[str]
    space: EmbeddingSpace
    embedding_space: int
    chunk_count: int
    files: set[int] | None

    @property
    def parameters(self) -> Parameters:
        """What each of the statements asks for."""
        return {
            "project": self.project,
            "vector_store_ids": list(self.vector_store_ids),
            "files": None if self.files is None else list(self.files),
        }

    @property
    def is_small(self) -> bool:
        """Whether all vectors are compared."""
        few_files = self.files is not None and len(self.files) <= _FEW_FILES
        return few_files or self.chunk_count <= _COMPARED_ALL


async def cosines(
    session: Session,
    spaces: EmbeddingSpaces,
    searched: SearchedVectors,
    vectors: Sequence[Vector],
    *,
    also: Sequence[Iterable[int]],
    depth: int,
) -> list[dict[int, float]]:
    """For each vector the `depth` nearest chunks, and those of `also`, with their cosines (0 to 1)."""
    if not await spaces.compares(session):
        rows = await session.rows(
            _ALL, **searched.parameters, embedding_space=searched.embedding_space
        )
        return await asyncio.to_thread(_compared, rows, vectors, also, depth)
    by_index = not searched.is_small and spaces.has_index(searched.space)
    found: list[dict[int, float]] = []
    for vector, asked in zip(vectors, also, strict=True):
        text = vector_text(vector)
        near = (_by_index if by_index else _of_all)(session, searched, text, depth)
        reached = dict((*row,) for row in await near)
        if missing := [chunk for chunk in asked if chunk not in reached]:
            reached |= dict(
                (*row,)
                for row in await session.rows(
                    _COSINES,
                    vector=text,
                    chunks=missing,
                    embedding_space=searched.embedding_space,
                )
            )
        found.append({chunk: min(max(cosine, 0.0), 1.0) for chunk, cosine in reached.items()})
    return found


def vector_text(vector: Vector) -> str:
    """The vector as pgvector reads it."""
    return numbers_text(unpack(f"<{len(vector) // 4}f", vector))


def numbers_text(numbers: Iterable[float]) -> str:
    """The same of its numbers; five digits are as exact as floats of 16 bits."""
    return f"[{','.join(map('{:.5g}'.format, numbers))}]"


async def _of_all(
    session: Session, searched: SearchedVectors, vector: str, depth: int
) -> Sequence[Row]:
    return await session.rows(
        _NEAREST_OF_ALL,
        **searched.parameters,
        embedding_space=searched.embedding_space,
        vector=vector,
        depth=depth,
    )


async def _by_index(
    session: Session, searched: SearchedVectors, vector: str, depth: int
) -> Sequence[Row]:
    wanted = min(depth * _WINDOWS, _MOST_EF_SEARCH)
    async with _within_transaction(session, _SETTINGS.format(depth=wanted)):
        return await session.rows(
            _for_index(searched), **searched.parameters, vector=vector, depth=wanted
        )


def _for_index(searched: SearchedVectors) -> Query:
    """The statement with the space in it."""
    name, sql, parameters = _NEAREST_BY_INDEX
    sql = sql.replace("halfvec(384)", f"halfvec({searched.space.dimensions})")
    sql = sql.replace("embedding_space = 0", f"embedding_space = {searched.embedding_space}")
    return Query(name, sql, parameters)


@asynccontextmanager
async def _within_transaction(session: Session, settings: str) -> AsyncGenerator[None]:
    """With settings that nobody else sees, as behind a pooler the next transaction may be somebody else's."""
    await session.connection.execute(f"begin read only; {settings}")
    try:
        yield
    finally:
        await session.connection.execute("rollback")


def _compared(
    rows: Sequence[Row], vectors: Sequence[Vector], also: Sequence[Iterable[int]], depth: int
) -> list[dict[int, float]]:
    """The same from all vectors that are searched, each a row with its chunk."""
    import numpy as np  # noqa: PLC0415 - an extra brings it, and who has vectors has that

    if not rows:
        return [{} for _ in vectors]
    windows = np.frombuffer(b"".join(row[1] for row in rows), "<f2").astype(np.float32)
    windows = windows.reshape(len(rows), -1)
    found: list[dict[int, float]] = []
    for vector, asked in zip(vectors, also, strict=True):
        scores = np.clip(windows @ np.frombuffer(vector, "<f4"), 0.0, 1.0).tolist()
        reached: dict[int, float] = {}
        for row, score in zip(rows, scores, strict=True):
            reached[row[0]] = max(score, reached.get(row[0], 0.0))
        wanted = best_of(reached, depth)
        found.append(wanted | {chunk: reached[chunk] for chunk in asked if chunk in reached})
    return found
