"""Reindexing: gives the chunks of a vector store vectors of this server's embedding model, some at a time.

What is done is kept and not done again, so it can be broken off at any time. Until all of it is done, the vector store
is searched as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from threadkeep.errors import (
    EmbeddingError,
    InvalidRequestError,
    MissingError,
    VectorStoreExpiredError,
)
from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.retrieval.embedding import ChunkEmbedder
from threadkeep.storage import Chunk, Storage, UnembeddedChunk
from threadkeep.types.embedding import Embedding
from threadkeep.types.reindexing import Reindexing

CHUNKS_AT_A_TIME: Final = 16
"""So that the answer comes after some seconds."""
_NUMBER_BYTES: Final = 4


class Reindexer:
    """Embeds texts of chunks; no file is read for it."""

    def __init__(self, storage: Storage, model: EmbeddingModel | None) -> None:
        self._storage = storage
        self._model = model

    async def reindex(self, project: str, vector_store_id: str) -> Reindexing:
        """Embed the next chunks; with the last of them the vector store is searched in their space.

        Raises `MissingError`, `VectorStoreExpiredError`, or `InvalidRequestError` if there is no embedding model or it
        fails.
        """
        record = await self._storage.vector_stores.find(project, vector_store_id)
        if record is None:
            raise MissingError("vector store", vector_store_id)
        if record.value.status == "expired":
            raise VectorStoreExpiredError(vector_store_id)
        if self._model is None:
            raise InvalidRequestError("This server has no embedding model.")
        try:
            return await self._reindex(self._model, project, vector_store_id)
        except EmbeddingError as error:
            raise InvalidRequestError(f"The chunks could not be embedded. {error}") from error

    async def _reindex(
        self, model: EmbeddingModel, project: str, vector_store_id: str
    ) -> Reindexing:
        space, kept = await model.space(), self._storage.chunks
        chunks = await kept.unembedded(project, vector_store_id, space, CHUNKS_AT_A_TIME)
        embeddings = await _embedded(model, chunks)
        await kept.embed(project, vector_store_id, embeddings)
        remaining_count = await kept.count_unembedded(project, vector_store_id, space)
        if not remaining_count:
            await kept.adopt(project, vector_store_id, space)
        return Reindexing(
            vector_store_id=vector_store_id,
            embedding_model=model.name,
            embedded_count=len(embeddings),
            remaining_count=remaining_count,
        )


async def _embedded(
    model: EmbeddingModel, chunks: Sequence[UnembeddedChunk]
) -> dict[int, Embedding]:
    """Vectors of the chunks, by their `seq`; one without words to embed gets one that is like no other."""
    embeddings: dict[int, Embedding] = {}
    space = await model.space()
    like_nothing = Embedding(space, [bytes(_NUMBER_BYTES * space.dimensions)])
    for _, group in groupby(
        enumerate(chunks), lambda each: (each[1].file_id, each[1].position - each[0])
    ):
        listed = [chunk for _, chunk in group]
        given = [
            Chunk(text=chunk.text, overlap=chunk.overlap if place else 0)
            for place, chunk in enumerate(listed)
        ]
        for chunk, embedded in zip(listed, await ChunkEmbedder(model).embedded(given), strict=True):
            embeddings[chunk.seq] = embedded.embedding or like_nothing
    return embeddings
