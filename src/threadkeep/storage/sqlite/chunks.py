"""Chunks in SQLite: a table with a full-text index over it, and vectors beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from threadkeep.storage import BOTH_ORDERS, Chunk, ChunkHit, Ranking, UnembeddedChunk
from threadkeep.storage.chunk_query import ChunkQuery
from threadkeep.storage.half_floats import halved
from threadkeep.storage.sqlite.chunk_search import ChunkSearch
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.embedding_spaces import find_space, keep_space, take_space
from threadkeep.storage.sqlite.parameters import json_list
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Parameters, Session
from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.clock import Clock
from threadkeep.types.embedding import Embedding, EmbeddingSpace

_INSERT: Final = load_query("chunks/insert")
_INSERT_VECTORS: Final = load_query("chunk_vectors/insert")
_FORGET_OTHERS: Final = load_query("chunk_vectors/forget_others")
_SPACES: Final = load_query("embedding_spaces/of_vector_stores")
_ADOPT: Final = load_query("vector_stores/adopt_space")
_SEQ_OF_CHUNK: Final = load_query("chunks/seq")
_SEQ: Final = load_query("vector_stores/seq")
_IN_VECTOR_STORE: Final = load_query("vector_store_files/find")
_TEXTS: Final = load_query("chunks/texts")
_UNEMBEDDED: Final = load_query("chunks/unembedded")
_COUNT_UNEMBEDDED: Final = load_query("chunks/count_unembedded")
_EXPIRE: Final = load_query("chunks/expire")
_SWEEP: Final = load_query("chunks/sweep")
_FORGET_DISCARDED: Final = load_query("chunks/forget_discarded")

CHUNKS_AT_A_TIME: Final = 25
"""As many as a transaction writes or frees: about 10 ms, in which nobody else can write."""
VECTOR_BYTES: Final = 1024 * 1024 * 1024
"""Memory for vectors that are searched, unless it is told otherwise."""


class Chunks:
    """Chunks of the completed files of a project's vector stores."""

    def __init__(self, database: Database, clock: Clock, vector_bytes: int = VECTOR_BYTES) -> None:
        self._database = database
        self._clock = clock
        self._search = ChunkSearch(vector_bytes)

    async def search(  # noqa: PLR0913 - all that a caller may ask
        self,
        project: str,
        vector_store_ids: Sequence[str],
        queries: Sequence[str],
        *,
        limit: int,
        filters: AttributeFilter | None = None,
        min_score: float = 0.0,
        embedding: Embedding | None = None,
        ranking: Ranking = BOTH_ORDERS,
    ) -> list[ChunkHit]:
        """The chunks that answer the queries best, the best first, at most `limit`, none below `min_score`."""
        query = ChunkQuery(
            project=project,
            vector_store_ids=vector_store_ids,
            queries=queries,
            limit=limit,
            filters=filters,
            min_score=min_score,
            embedding=embedding,
            ranking=ranking,
        )
        work = partial(self._search.hits, query=query, now=self._clock.now())
        return await self._database.search(work)

    async def spaces(
        self, project: str, vector_store_ids: Sequence[str]
    ) -> dict[str, EmbeddingSpace]:
        """Of those vector stores that have vectors, the space in which they are searched."""
        wanted: Parameters = {"project": project, "vector_store_ids": json_list(vector_store_ids)}
        rows = await self._database.search(lambda session: session.rows(_SPACES, **wanted))
        return {store: EmbeddingSpace(model, dimensions) for store, model, dimensions in rows}

    async def unembedded(
        self, project: str, vector_store_id: str, space: EmbeddingSpace, limit: int
    ) -> list[UnembeddedChunk]:
        """Chunks that can be found and have no vectors of this space: at most `limit`, as they stand in their files."""
        wanted: Parameters = {"project": project, "vector_store_id": vector_store_id}

        def work(session: Session) -> list[UnembeddedChunk]:
            seq = find_space(session, space)
            rows = session.rows(_UNEMBEDDED, **wanted, embedding_space=seq, limit=limit)
            return [
                UnembeddedChunk(
                    seq=chunk, file_id=file_id, position=position, overlap=overlap, text=text
                )
                for chunk, file_id, position, overlap, text in rows
            ]

        return await self._database.search(work)

    async def count_unembedded(
        self, project: str, vector_store_id: str, space: EmbeddingSpace
    ) -> int:
        """How many there are."""
        return await self._database.search(
            lambda session: _count_unembedded(
                session, project, vector_store_id, find_space(session, space)
            )
        )

    async def embed(
        self, project: str, vector_store_id: str, embeddings: Mapping[int, Embedding]
    ) -> None:
        """Keep vectors of chunks, by their `seq`; those that are gone meanwhile are left out."""
        packed = [
            (chunk, embedding.space, halved(embedding.vectors))
            for chunk, embedding in embeddings.items()
        ]

        def work(session: Session) -> None:
            store = _vector_store(session, project, vector_store_id)
            for chunk, space, vectors in packed if store is not None else ():
                session.change(
                    _INSERT_VECTORS,
                    chunk=chunk,
                    embedding_space=keep_space(session, space),
                    vectors=vectors,
                )

        await self._database.write(work)

    async def adopt(self, project: str, vector_store_id: str, space: EmbeddingSpace) -> bool:
        """Search the vector store in this space from now on, and free all vectors of others."""

        def work(session: Session) -> int | None:
            store = _vector_store(session, project, vector_store_id)
            seq = keep_space(session, space)
            if store is None or _count_unembedded(session, project, vector_store_id, seq):
                return None
            session.change(_ADOPT, vector_store=store, embedding_space=seq)
            return session.change(
                _FORGET_OTHERS, vector_store=store, embedding_space=seq, limit=CHUNKS_AT_A_TIME
            )

        while freed := await self._database.write(work):
            pass
        return freed is not None

    async def texts(self, project: str, vector_store_id: str, file_id: str) -> list[str] | None:
        """The text of a file, in parts that repeat nothing; None if the file is not in the vector store."""
        key = {"project": project, "vector_store_id": vector_store_id, "file_id": file_id}

        def work(session: Session) -> list[str] | None:
            if session.row(_IN_VECTOR_STORE, **key) is None:
                return None
            rows = session.rows(_TEXTS, **key, now=self._clock.now())
            return [text[overlap:] for overlap, text in rows]

        return await self._database.search(work)

    async def sweep(self, limit: int) -> int:
        """Free the space of at most `limit` chunks that nothing can find any more; how many it was."""
        swept = 0
        while swept < limit:
            wanted = min(limit - swept, CHUNKS_AT_A_TIME)
            freed = await self._database.write(partial(_sweep, now=self._clock.now(), limit=wanted))
            swept += freed
            if freed < wanted:
                break
        return swept


def chunk_rows(chunks: Sequence[Chunk], position: int) -> list[Parameters]:
    """What the rows of a file's chunks from `position` on hold, but for whose they are."""
    return [
        {
            "position": place,
            "overlap": chunk.overlap,
            "text": chunk.text,
            "page": chunk.page,
            "heading": chunk.heading,
            "space": chunk.embedding.space if chunk.embedding else None,
            "vectors": halved(chunk.embedding.vectors) if chunk.embedding else None,
        }
        for place, chunk in enumerate(chunks, position)
    ]


def insert_chunks(session: Session, owner: Parameters, rows: Sequence[Parameters]) -> None:
    """Insert chunks of one file, in a transaction that does more."""
    for row in rows:
        session.change(_INSERT, **owner, **row)
        if row["space"] is not None:
            _insert_vectors(session, owner, row)


def _insert_vectors(session: Session, owner: Parameters, row: Parameters) -> None:
    """Insert the vectors of a chunk that has just been inserted."""
    vector_store, space = owner["vector_store"], row["space"]
    assert isinstance(vector_store, int)
    assert isinstance(space, EmbeddingSpace)
    chunk = session.row(_SEQ_OF_CHUNK, **owner, **row)
    assert chunk is not None
    session.change(
        _INSERT_VECTORS,
        chunk=chunk[0],
        embedding_space=take_space(session, vector_store, space),
        vectors=row["vectors"],
    )


def _vector_store(session: Session, project: str, vector_store_id: str) -> int | None:
    """Its seq; None if it is not there."""
    row = session.row(_SEQ, project=project, id=vector_store_id)
    return None if row is None else row[0]


def _count_unembedded(
    session: Session, project: str, vector_store_id: str, embedding_space: int | None
) -> int:
    row = session.row(
        _COUNT_UNEMBEDDED,
        project=project,
        vector_store_id=vector_store_id,
        embedding_space=embedding_space,
    )
    return 0 if row is None else row[0]


def _sweep(session: Session, *, now: float, limit: int) -> int:
    """Free at most `limit` chunks; those of one expired vector store are given up before."""
    session.change(_EXPIRE, now=now)
    swept = session.change(_SWEEP, limit=limit)
    if swept < limit:
        session.change(_FORGET_DISCARDED)
    return swept
