"""Spaces of vectors in PostgreSQL: which vectors can be compared, and an index for each."""

from __future__ import annotations

import logging
from typing import Final

from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.embedding import EmbeddingSpace

_INSERT: Final = load_query("embedding_spaces/insert")
_FIND: Final = load_query("embedding_spaces/find")
_ALL: Final = load_query("embedding_spaces/all")
_VECTOR_TYPE: Final = load_query("embedding_spaces/vector_type")

_LOCK: Final = (
    0x544B5653  # "TKVS": of nodes that meet a space for the first time, one makes its index
)
_MOST_DIMENSIONS: Final = 4000
"""What pgvector's index takes."""
_MAKE_INDEX: Final = """
create index if not exists chunk_vectors_of_space_{seq} on chunk_vectors
using hnsw ((vector::halfvec({dimensions})) halfvec_ip_ops) where embedding_space = {seq}
"""

logger = logging.getLogger(__name__)


class EmbeddingSpaces:
    """Of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[EmbeddingSpace, int] = {}
        self._has_type: bool | None = None

    async def compares(self, session: Session) -> bool:
        """Whether the server itself compares vectors, as it has pgvector."""
        if self._has_type is None:
            row = await session.row(_VECTOR_TYPE)
            self._has_type = bool(row and row[0])
            if not self._has_type:
                logger.info("PostgreSQL has no pgvector, so nodes read and compare all vectors.")
        return bool(self._has_type)

    def has_index(self, space: EmbeddingSpace) -> bool:
        """Whether there is an index over its vectors, if the server compares them."""
        return space.dimensions <= _MOST_DIMENSIONS

    async def find(self, session: Session, space: EmbeddingSpace) -> int | None:
        """Its seq; None if there are no vectors of it."""
        if space not in self._known:
            row = await session.row(_FIND, model=space.model, dimensions=space.dimensions)
            if row is None:
                return None
            self._known[space] = row[0]
        return self._known[space]

    async def keep(self, space: EmbeddingSpace) -> int:
        """Its seq; it is there from now on, with an index over its vectors."""
        found = await self._database.read(lambda session: self.find(session, space))
        if found is not None:
            return found

        async def work(session: Session) -> int:
            await session.connection.execute(f"select pg_advisory_xact_lock({_LOCK})")
            await session.change(_INSERT, model=space.model, dimensions=space.dimensions)
            row = await session.row(_FIND, model=space.model, dimensions=space.dimensions)
            assert row is not None
            await self._index(session, row[0], space)
            return row[0]

        return await self._database.write(work)

    async def all(self, session: Session) -> dict[int, EmbeddingSpace]:
        """All that there are, by their seqs."""
        rows = await session.rows(_ALL)
        return {seq: EmbeddingSpace(model, dimensions) for seq, model, dimensions in rows}

    async def index_all(self) -> None:
        """See that there is an index over the vectors of each, after many have come at once."""

        async def work(session: Session) -> None:
            for seq, space in (await self.all(session)).items():
                await self._index(session, seq, space)

        await self._database.at_length(work)

    async def _index(self, session: Session, seq: int, space: EmbeddingSpace) -> None:
        if await self.compares(session) and self.has_index(space):
            script = _MAKE_INDEX.format(seq=seq, dimensions=space.dimensions)
            await session.connection.execute(script)
