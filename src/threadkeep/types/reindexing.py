"""How far a vector store has been embedded anew: an answer of this server's own."""

from __future__ import annotations

import msgspec


class Reindexing(msgspec.Struct, frozen=True, kw_only=True):
    """What one request has done of it. Whoever wants all of it asks again until nothing remains."""

    object: str = "vector_store.reindexing"
    vector_store_id: str
    embedding_model: str
    embedded_count: int
    """Chunks that this request has embedded."""
    remaining_count: int
    """Chunks that are still without vectors of the model; at 0 the vector store is searched by them."""
