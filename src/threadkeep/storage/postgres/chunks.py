"""Chunks in PostgreSQL: a table with a full-text index over it, and vectors beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from threadkeep.storage import BOTH_ORDERS, ChunkHit, Ranking, UnembeddedChunk
from threadkeep.storage.chunk_query import ChunkQuery
from threadkeep.storage.postgres.chunk_rows import CHUNKS_AT_A_TIME
from threadkeep.storage.postgres.chunk_search import hits
from threadkeep.storage.postgres.chunk_vectors import insert_vectors
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.embedding_spaces import EmbeddingSpaces
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Session
from threadkeep.storage.postgres.vector_store_expiry import lock_vector_store
from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.clock import Clock
from threadkeep.types.embedding import Embedding, EmbeddingSpace

_SPACES: Final = load_query("embedding_spaces/of_vector_stores")
_ADOPT: Final = load_query("vector_stores/adopt_space")
_FORGET_OTHERS: Final = load_query("chunk_vectors/forget_others")
_UNEMBEDDED: Final = load_query("chunks/unembedded")
_COUNT_UNEMBEDDED: Final = load_query("chunks/count_unembedded")
_IN_VECTOR_STORE: Final = load_query("vector_store_files/find")
_TEXTS: Final = load_query("chunks/texts")
_LOCK_EXPIRED: Final = load_query("vector_stores/lock_expired")
_GIVE_UP: Final = load_query("chunks/give_up")
_LOCK_DISCARDED: Final = load_query("chunks/lock_discarded")
_SWEEP: Final = load_query("chunks/sweep")
_FORGET_DISCARDED: Final = load_query("chunks/forget_discarded")

_VECTORS_AT_A_TIME: Final = 500


class Chunks:
    """Chunks of the completed files of a project's vector stores."""

    def __init__(self, database: Database, clock: Clock | None, spaces: EmbeddingSpaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

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
        work = partial(hits, spaces=self._spaces, query=query, now=given_now(self._clock))
        return await self._database.read(work)

    async def spaces(
        self, project: str, vector_store_ids: Sequence[str]
    ) -> dict[str, EmbeddingSpace]:
        """Of those vector stores that have vectors, the space in which they are searched."""
        wanted: Parameters = {"project": project, "vector_store_ids": list(vector_store_ids)}
        rows = await self._database.read(lambda session: session.rows(_SPACES, **wanted))
        return {store: EmbeddingSpace(model, dimensions) for store, model, dimensions in rows}

    async def unembedded(
        self, project: str, vector_store_id: str, space: EmbeddingSpace, limit: int
    ) -> list[UnembeddedChunk]:
        """Chunks that can be found and have no vectors of this space: at most `limit`, as they stand in their files."""

        async def work(session: Session) -> list[UnembeddedChunk]:
            rows = await session.rows(
                _UNEMBEDDED,
                project=project,
                vector_store_id=vector_store_id,
                embedding_space=await self._spaces.find(session, space),
                limit=limit,
            )
            return [
                UnembeddedChunk(
                    seq=chunk,
                    file_id=file_id,
                    position=position,
                    overlap=overlap,
                    text=text.decode(),
                )
                for chunk, file_id, position, overlap, text in rows
            ]

        return await self._database.read(work)

    async def count_unembedded(
        self, project: str, vector_store_id: str, space: EmbeddingSpace
    ) -> int:
        """How many there are."""

        async def work(session: Session) -> int:
            seq = await self._spaces.find(session, space)
            return await _count_unembedded(session, project, vector_store_id, seq)

        return await self._database.read(work)

    async def embed(
        self, project: str, vector_store_id: str, embeddings: Mapping[int, Embedding]
    ) -> None:
        """Keep vectors of chunks, by their `seq`; those that are gone meanwhile are left out."""
        seqs = {each.space: await self._spaces.keep(each.space) for each in embeddings.values()}

        async def work(session: Session) -> None:
            if await lock_vector_store(session, project, vector_store_id, None) is not None:
                await insert_vectors(session, self._spaces, seqs, embeddings)

        await self._database.write(work)

    async def adopt(self, project: str, vector_store_id: str, space: EmbeddingSpace) -> bool:
        """Search the vector store in this space from now on, and free all vectors of others."""
        seq = await self._spaces.keep(space)
        key: Parameters = {"project": project, "vector_store_id": vector_store_id}

        async def work(session: Session) -> int | None:
            if (
                await lock_vector_store(session, project, vector_store_id, given_now(self._clock))
                is None
            ):
                return None
            if await _count_unembedded(session, project, vector_store_id, seq):
                return None
            await session.change(_ADOPT, project=project, id=vector_store_id, embedding_space=seq)
            limit = _VECTORS_AT_A_TIME
            return await session.change(_FORGET_OTHERS, **key, embedding_space=seq, limit=limit)

        while freed := await self._database.write(work):
            pass
        return freed is not None

    async def texts(self, project: str, vector_store_id: str, file_id: str) -> list[str] | None:
        """The text of a file, in parts that repeat nothing; None if the file is not in the vector store."""
        key = {"project": project, "vector_store_id": vector_store_id, "file_id": file_id}

        async def work(session: Session) -> list[str] | None:
            if await session.row(_IN_VECTOR_STORE, **key) is None:
                return None
            rows = await session.rows(_TEXTS, **key, now=given_now(self._clock))
            return [text.decode()[overlap:] for overlap, text in rows]

        return await self._database.read(work)

    async def sweep(self, limit: int) -> int:
        """Free the space of at most `limit` chunks that nothing can find any more; how many it was."""
        swept, is_more = 0, True
        while is_more and swept < limit:
            freed, is_more = await self._sweep(min(limit - swept, CHUNKS_AT_A_TIME))
            swept += freed
        return swept

    async def _sweep(self, limit: int) -> tuple[int, bool]:
        """Free at most `limit` chunks; those of one expired vector store are given up before.

        How many it was, and whether there may be more.
        """

        async def work(session: Session) -> tuple[int, bool]:
            await _give_up_expired(session, given_now(self._clock))
            discarded = await session.rows(_LOCK_DISCARDED, limit=limit)
            if not discarded:
                return 0, False
            files, epochs = zip(*discarded, strict=True)
            swept = await session.change(_SWEEP, files=files, epochs=epochs, limit=limit)
            await session.change(_FORGET_DISCARDED, files=files, epochs=epochs)
            return swept, swept == limit or len(discarded) == limit

        return await self._database.write(work)


async def _give_up_expired(session: Session, now: float | None) -> None:
    row = await session.row(_LOCK_EXPIRED, now=now)
    if row is not None:
        await session.change(_GIVE_UP, project=row[0], vector_store_id=row[1])


async def _count_unembedded(
    session: Session, project: str, vector_store_id: str, embedding_space: int | None
) -> int:
    row = await session.row(
        _COUNT_UNEMBEDDED,
        project=project,
        vector_store_id=vector_store_id,
        embedding_space=embedding_space,
    )
    return 0 if row is None else row[0]
