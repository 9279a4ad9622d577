"""What a storage does with chunks: the text that search finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.vector_store import Attributes


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a file's text. The first `overlap` code points are the end of the chunk before, repeated."""

    text: str
    overlap: int = 0


class ChunkHit(msgspec.Struct, frozen=True, kw_only=True):
    """A chunk that was found. `score` is 0 to 1; the chunk is the `position`-th of its file, from 0."""

    vector_store_id: str
    file_id: str
    filename: str
    attributes: Attributes
    position: int
    text: str
    score: float


class Chunks(Protocol):
    """Chunks of the completed files of a project's vector stores."""

    async def search(
        self,
        project: str,
        vector_store_ids: Sequence[str],
        queries: Sequence[str],
        *,
        limit: int,
        filters: AttributeFilter | None = None,
        min_score: float = 0.0,
    ) -> list[ChunkHit]:
        """The chunks that answer the queries best, the best first, at most `limit`, none below `min_score`.

        Only of files that `filters` lets through. A chunk has the score of the query that it answers best: how much of
        what the query asks for it holds, where rare words count for more. A vector store that is not there, or has
        expired, has no chunks.
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
