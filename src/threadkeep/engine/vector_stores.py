"""Vector stores: creating, changing, deleting and searching them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from threadkeep.bus import Bus
from threadkeep.engine.changing import change
from threadkeep.engine.references import References
from threadkeep.engine.signals import INGEST_SUBJECT
from threadkeep.engine.vector_store_files import new_vector_store_file
from threadkeep.errors import MissingError, VectorStoreExpiredError
from threadkeep.retrieval.rewriting import QueryRewriter
from threadkeep.retrieval.searching import Searcher
from threadkeep.storage import BOTH_ORDERS, ChunkHit, Ranking, Storage
from threadkeep.types import ids
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.vector_store import (
    ExpiresAfter,
    SearchContent,
    SearchResult,
    SearchResultsPage,
    VectorStore,
)
from threadkeep.types.vector_store_request import (
    VectorStoreCreate,
    VectorStoreFileCreate,
    VectorStoreSearch,
    VectorStoreUpdate,
)

BY_SCORE: Final = Ranking(is_fused=False)


class VectorStores:
    """The verbs of vector stores."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        *,
        references: References,
        searcher: Searcher,
        rewriter: QueryRewriter,
        clock: Clock,
        source: IdSource,
    ) -> None:
        self._storage = storage
        self._references = references
        self._searcher = searcher
        self._rewriter = rewriter
        self._bus = bus
        self._clock = clock
        self._ids = source

    async def create(self, project: str, body: VectorStoreCreate) -> VectorStore:
        """A new vector store, which begins to read its first files.

        Raises `MissingError` if one of them is not there, `InvalidRequestError` if it can never be searched.
        """
        await self._references.check_searchable(project, body.file_ids or ())
        now = int(self._clock.now())
        blank = VectorStore(
            id=self._ids.make(ids.VECTOR_STORE), created_at=now, last_active_at=now, metadata={}
        )
        files = [
            new_vector_store_file(
                blank.id,
                VectorStoreFileCreate(file_id=file_id, chunking_strategy=body.chunking_strategy),
                now,
            )
            for file_id in dict.fromkeys(body.file_ids or ())
        ]
        store = await self._storage.vector_stores.insert(project, _updated(blank, body), files)
        self._bus.publish(INGEST_SUBJECT, b"")
        return store

    async def update(
        self, project: str, vector_store_id: str, body: VectorStoreUpdate
    ) -> VectorStore:
        """The vector store with what `body` gives; null clears.

        Raises `MissingError` or `VectorStoreExpiredError`.
        """
        stores = self._storage.vector_stores
        await change(
            lambda: stores.find(project, vector_store_id),
            lambda store, revision: stores.update(project, store, revision),
            lambda store: _updated(store, body),
            MissingError("vector store", vector_store_id),
        )
        return await self._found(project, vector_store_id)  # what follows from it is the storage's

    async def delete(self, project: str, vector_store_id: str) -> None:
        """Remove it; the files themselves stay. Raises `MissingError`."""
        if not await self._storage.vector_stores.delete(project, vector_store_id):
            raise MissingError("vector store", vector_store_id)

    async def search(
        self, project: str, vector_store_id: str, body: VectorStoreSearch
    ) -> SearchResultsPage:
        """The chunks that answer the queries best, the best first. Searching is using: it puts off the expiry.

        Raises `MissingError` or `VectorStoreExpiredError`.
        """
        if (await self._found(project, vector_store_id)).status == "expired":
            raise VectorStoreExpiredError(vector_store_id)
        await self._storage.vector_stores.touch(project, [vector_store_id])
        queries = body.queries
        if body.rewrite_query:
            queries = await self._rewriter.rewritten(queries)
        hits = await self._searcher.search(
            project,
            [vector_store_id],
            queries,
            limit=body.max_num_results,
            filters=body.filters or None,
            min_score=body.ranking_options.score_threshold,
            ranking=BY_SCORE if body.ranking_options.ranker == "none" else BOTH_ORDERS,
        )
        return _page(queries, hits)

    async def _found(self, project: str, vector_store_id: str) -> VectorStore:
        record = await self._storage.vector_stores.find(project, vector_store_id)
        if record is None:
            raise MissingError("vector store", vector_store_id)
        return record.value


def _updated(store: VectorStore, body: VectorStoreUpdate) -> VectorStore:
    if body.name is not msgspec.UNSET:
        store = msgspec.structs.replace(store, name=body.name)
    if body.description is not msgspec.UNSET:
        store = msgspec.structs.replace(store, description=body.description)
    if body.metadata is not msgspec.UNSET:
        store = msgspec.structs.replace(store, metadata=body.metadata or {})
    if body.expires_after is not msgspec.UNSET:
        given = body.expires_after
        expires_after = ExpiresAfter(anchor=given.anchor, days=given.days) if given else None
        store = msgspec.structs.replace(store, expires_after=expires_after)
    return store


def _page(queries: list[str], hits: Sequence[ChunkHit]) -> SearchResultsPage:
    results = [
        SearchResult(
            file_id=hit.file_id,
            filename=hit.filename,
            score=hit.score,
            attributes=hit.attributes,
            content=[SearchContent(text=hit.text)],
        )
        for hit in hits
    ]
    return SearchResultsPage(search_query=queries, data=results)
