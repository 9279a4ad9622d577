"""What a search for chunks asks, as one value."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from threadkeep.storage.contract.chunks import Ranking
from threadkeep.storage.fusion import DEPTH
from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.embedding import Embedding


class ChunkQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of `Chunks.search`."""

    project: str
    vector_store_ids: Sequence[str]
    queries: Sequence[str]
    limit: int
    filters: AttributeFilter | None
    min_score: float
    embedding: Embedding | None
    ranking: Ranking

    @property
    def depth(self) -> int:
        """How many chunks of each order are looked at."""
        return max(DEPTH, self.limit)
