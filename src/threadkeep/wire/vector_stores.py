"""The calls on vector stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threadkeep.types.reindexing import Reindexing
from threadkeep.types.vector_store import SearchResult, VectorStore, VectorStoreDeleted
from threadkeep.wire.operation import ListOperation, Operation, Query, path


def create(fields: Mapping[str, Any]) -> Operation[VectorStore]:
    """POST /vector_stores."""
    return Operation(method="POST", path="/vector_stores", result=VectorStore, body=fields)


def list(query: Query) -> ListOperation[VectorStore]:
    """GET /vector_stores."""
    return ListOperation(path="/vector_stores", item=VectorStore, query=query)


def retrieve(vector_store_id: str) -> Operation[VectorStore]:
    """GET /vector_stores/{vector_store_id}."""
    return Operation(method="GET", path=_path(vector_store_id), result=VectorStore)


def update(vector_store_id: str, fields: Mapping[str, Any]) -> Operation[VectorStore]:
    """POST /vector_stores/{vector_store_id}."""
    return Operation(method="POST", path=_path(vector_store_id), result=VectorStore, body=fields)


def delete(vector_store_id: str) -> Operation[VectorStoreDeleted]:
    """DELETE /vector_stores/{vector_store_id}."""
    return Operation(method="DELETE", path=_path(vector_store_id), result=VectorStoreDeleted)


def search(vector_store_id: str, fields: Mapping[str, Any]) -> ListOperation[SearchResult]:
    """POST /vector_stores/{vector_store_id}/search."""
    search_path = f"{_path(vector_store_id)}/search"
    return ListOperation(
        method="POST", path=search_path, item=SearchResult, body=fields, is_paged=False
    )


def reindex(vector_store_id: str) -> Operation[Reindexing]:
    """POST /vector_stores/{vector_store_id}/reindex. Only this server has it."""
    return Operation(
        method="POST", path=f"{_path(vector_store_id)}/reindex", result=Reindexing, body={}
    )


def _path(vector_store_id: str) -> str:
    return path("/vector_stores/{vector_store_id}", vector_store_id=vector_store_id)
