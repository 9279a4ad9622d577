"""The calls on file batches: files that are added to a vector store together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threadkeep.types.vector_store import VectorStoreFile, VectorStoreFileBatch
from threadkeep.wire.operation import ListOperation, Operation, Query, path


def create(vector_store_id: str, fields: Mapping[str, Any]) -> Operation[VectorStoreFileBatch]:
    """POST /vector_stores/{vector_store_id}/file_batches."""
    batches = path("/vector_stores/{vector_store_id}/file_batches", vector_store_id=vector_store_id)
    return Operation(method="POST", path=batches, result=VectorStoreFileBatch, body=fields)


def retrieve(vector_store_id: str, batch_id: str) -> Operation[VectorStoreFileBatch]:
    """GET /vector_stores/{vector_store_id}/file_batches/{batch_id}."""
    batch = _one(vector_store_id, batch_id)
    return Operation(method="GET", path=batch, result=VectorStoreFileBatch)


def cancel(vector_store_id: str, batch_id: str) -> Operation[VectorStoreFileBatch]:
    """POST /vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel."""
    cancel_path = f"{_one(vector_store_id, batch_id)}/cancel"
    return Operation(method="POST", path=cancel_path, result=VectorStoreFileBatch)


def list_files(vector_store_id: str, batch_id: str, query: Query) -> ListOperation[VectorStoreFile]:
    """GET /vector_stores/{vector_store_id}/file_batches/{batch_id}/files."""
    files = f"{_one(vector_store_id, batch_id)}/files"
    return ListOperation(path=files, item=VectorStoreFile, query=query)


def _one(vector_store_id: str, batch_id: str) -> str:
    return path(
        "/vector_stores/{vector_store_id}/file_batches/{batch_id}",
        vector_store_id=vector_store_id,
        batch_id=batch_id,
    )
