"""What a storage does with chunks: the text that search finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.embedding import Embedding, EmbeddingSpace
from threadkeep.types.vector_store import Attributes


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a file's text. The first `overlap` code points are the end of the chunk before, repeated.

    Most of what comes after them stands on `page`, from 1, and under `heading`: the headings above it, joined by " > ".
    `embedding` has a vector for each window of the text: an embedding model reads less at a time than a chunk has.
    """

    text: str
    overlap: int = 0
    page: int | None = None
    heading: str | None = None
    embedding: Embedding | None = None


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """How the two orders of chunks, by meaning and by words, become one.

    `embedding_weight` and `text_weight` say how much each counts. Unless it `is_fused`, the higher score is first.
    """

    embedding_weight: float = 1.0
    text_weight: float = 1.0
    is_fused: bool = True


BOTH_ORDERS: Final = Ranking()
"""Each counts as much as the other."""


class UnembeddedChunk(msgspec.Struct, frozen=True, kw_only=True):
    """A chunk that has no vectors of the space that was asked for; `seq` is the storage's own name of it."""

    seq: int
    file_id: str
    position: int
    overlap: int
    text: str


class ChunkHit(msgspec.Struct, frozen=True, kw_only=True):
    """A chunk that was found. `score` is 0 to 1; the chunk is the `position`-th of its file, from 0."""

    vector_store_id: str
    file_id: str
    filename: str
    attributes: Attributes
    position: int
    text: str
    score: float
    page: int | None = None
    heading: str | None = None


class Chunks(Protocol):
    """Chunks of the completed files of a project's vector stores."""

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
        """The chunks that answer the queries best, the best first, at most `limit`, none below `min_score`.

        Only of files that `filters` lets through. A chunk has the score of the query that it answers best: how much of
        what the query asks for it holds, where rare words count for more. A vector store that is not there, or has
        expired, has no chunks.

        `embedding` has a vector for each query. In vector stores of its space the score of a chunk with vectors is how
        near (by the cosine, 0 at least) the nearest of its windows is to the query, and what comes first is decided by
        both orders, as `ranking` says. The others are searched by words alone.
        """
        ...

    async def spaces(
        self, project: str, vector_store_ids: Sequence[str]
    ) -> dict[str, EmbeddingSpace]:
        """Of those vector stores that have vectors, the space in which they are searched."""
        ...

    async def unembedded(
        self, project: str, vector_store_id: str, space: EmbeddingSpace, limit: int
    ) -> list[UnembeddedChunk]:
        """Chunks that can be found and have no vectors of this space: at most `limit`, as they stand in their files."""
        ...

    async def count_unembedded(
        self, project: str, vector_store_id: str, space: EmbeddingSpace
    ) -> int:
        """How many there are."""
        ...

    async def embed(
        self, project: str, vector_store_id: str, embeddings: Mapping[int, Embedding]
    ) -> None:
        """Keep vectors of chunks, by their `seq`; those that are gone meanwhile are left out."""
        ...

    async def adopt(self, project: str, vector_store_id: str, space: EmbeddingSpace) -> bool:
        """Search the vector store in this space from now on, and free all vectors of others.

        False, and nothing is done, as long as it has unembedded chunks.
        """
        ...

    async def texts(self, project: str, vector_store_id: str, file_id: str) -> list[str] | None:
        """The text of a file, in parts that repeat nothing; None if the file is not in the vector store.

        Empty unless the file is `completed` and the vector store has not expired.
        """
        ...

    async def sweep(self, limit: int) -> int:
        """Free the space of at most `limit` chunks that nothing can find any more; how many it was.

        What is deleted, replaced or expired is out of sight at once, but a few chunks at a time leave the disk.
        """
        ...
