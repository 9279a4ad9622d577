# Generated from src/threadkeep/client/_async/vector_stores.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Vector stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Unpack

import msgspec

from threadkeep.client._sync.file_batches import FileBatches
from threadkeep.client._sync.files import Files
from threadkeep.client._sync.sender import Sender
from threadkeep.client._sync.vector_store_files import VectorStoreFiles
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import Page
from threadkeep.types.page import Order
from threadkeep.types.reindexing import Reindexing
from threadkeep.types.vector_store import SearchResult, VectorStore, VectorStoreDeleted
from threadkeep.wire import vector_stores
from threadkeep.wire.parameters import (
    ChunkingStrategyParam,
    ExpiresAfterParam,
    MetadataParam,
    Optional,
)


class VectorStores:
    """Collections of files to be searched."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.files = VectorStoreFiles(sender, Files(sender))
        self.file_batches = FileBatches(sender, Files(sender))

    def create(
        self,
        *,
        chunking_strategy: ChunkingStrategyParam | msgspec.UnsetType = msgspec.UNSET,
        description: str | msgspec.UnsetType = msgspec.UNSET,
        expires_after: ExpiresAfterParam | msgspec.UnsetType = msgspec.UNSET,
        file_ids: Iterable[str] | msgspec.UnsetType = msgspec.UNSET,
        metadata: Optional[MetadataParam] = msgspec.UNSET,
        name: str | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStore:
        """Make a vector store, with files or empty."""
        fields = {
            "chunking_strategy": chunking_strategy,
            "description": description,
            "expires_after": expires_after,
            "file_ids": file_ids,
            "metadata": metadata,
            "name": name,
        }
        return self._sender.send(vector_stores.create(fields), options)

    def list(
        self,
        *,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Page[VectorStore]:
        """Give the vector stores, newest first unless `order` is `asc`."""
        query = {"after": after, "before": before, "limit": limit, "order": order}
        return self._sender.list(vector_stores.list(query), options)

    def retrieve(self, vector_store_id: str, **options: Unpack[RequestOptions]) -> VectorStore:
        """Give the vector store."""
        return self._sender.send(vector_stores.retrieve(vector_store_id), options)

    def update(
        self,
        vector_store_id: str,
        *,
        expires_after: Optional[ExpiresAfterParam] = msgspec.UNSET,
        metadata: Optional[MetadataParam] = msgspec.UNSET,
        name: Optional[str] = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStore:
        """Replace what is given."""
        fields = {"expires_after": expires_after, "metadata": metadata, "name": name}
        return self._sender.send(vector_stores.update(vector_store_id, fields), options)

    def delete(self, vector_store_id: str, **options: Unpack[RequestOptions]) -> VectorStoreDeleted:
        """Delete the vector store; its files stay."""
        return self._sender.send(vector_stores.delete(vector_store_id), options)

    def search(
        self,
        vector_store_id: str,
        *,
        query: str | Iterable[str],
        filters: Mapping[str, Any] | msgspec.UnsetType = msgspec.UNSET,
        max_num_results: int | msgspec.UnsetType = msgspec.UNSET,
        ranking_options: Mapping[str, Any] | msgspec.UnsetType = msgspec.UNSET,
        rewrite_query: bool | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Page[SearchResult]:
        """Give what fits the query, best first."""
        fields = {
            "query": query,
            "filters": filters,
            "max_num_results": max_num_results,
            "ranking_options": ranking_options,
            "rewrite_query": rewrite_query,
        }
        return self._sender.list(vector_stores.search(vector_store_id, fields), options)

    def reindex(self, vector_store_id: str, **options: Unpack[RequestOptions]) -> Reindexing:
        """Embed some of its chunks with the server's model, until nothing remains. Only Threadkeep's server can."""
        return self._sender.send(vector_stores.reindex(vector_store_id), options)
