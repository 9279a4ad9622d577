"""Searches vector stores: by meaning where their vectors can be compared with those of the queries, and by words."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from threadkeep.errors import EmbeddingError
from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.storage import BOTH_ORDERS, ChunkHit, Ranking, Storage
from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.embedding import Embedding, EmbeddingSpace

logger = logging.getLogger(__name__)


class Searcher:
    """Embeds queries with `model`; without one, or if it fails, what there is is searched by words alone."""

    def __init__(self, storage: Storage, model: EmbeddingModel | None = None) -> None:
        self._storage = storage
        self._model = model
        self._told: set[EmbeddingSpace] = set()

    async def search(  # noqa: PLR0913 - all that a caller may ask
        self,
        project: str,
        vector_store_ids: Sequence[str],
        queries: Sequence[str],
        *,
        limit: int,
        filters: AttributeFilter | None = None,
        min_score: float = 0.0,
        ranking: Ranking = BOTH_ORDERS,
    ) -> list[ChunkHit]:
        """The chunks that answer the queries best, the best first, at most `limit`, none below `min_score`."""
        embedding = None
        if queries and ranking.embedding_weight > 0:
            embedding = await self._embedding(project, vector_store_ids, queries)
        return await self._storage.chunks.search(
            project,
            vector_store_ids,
            queries,
            limit=limit,
            filters=filters,
            min_score=min_score,
            embedding=embedding,
            ranking=ranking,
        )

    async def _embedding(
        self, project: str, vector_store_ids: Sequence[str], queries: Sequence[str]
    ) -> Embedding | None:
        """Of the queries, if a vector store has vectors to compare it with."""
        spaces = await self._storage.chunks.spaces(project, vector_store_ids)
        if not spaces:
            return None
        try:
            space = await self._model.space() if self._model else None
            self._tell_others(spaces, space)
            if self._model is None or space is None or space not in spaces.values():
                return None
            return Embedding(space, await self._model.embed(queries, "query"))
        except EmbeddingError as error:
            logger.warning("A search goes by words alone: %s", error)
            return None

    def _tell_others(self, spaces: dict[str, EmbeddingSpace], mine: EmbeddingSpace | None) -> None:
        """Log, once for each space, which vector store shows that this server cannot search it by meaning."""
        for vector_store_id, space in spaces.items():
            if space == mine or space in self._told:
                continue
            self._told.add(space)
            logger.warning(
                "Vector store '%s' was embedded by %s (%d dimensions), which is not this server's embedding model:"
                " it is searched by words alone, until `threadkeep vector-stores reindex %s`.",
                vector_store_id,
                space.model,
                space.dimensions,
                vector_store_id,
            )
