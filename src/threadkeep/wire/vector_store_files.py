"""The calls on the files of a vector store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threadkeep.types.vector_store import SearchContent, VectorStoreFile, VectorStoreFileDeleted
from threadkeep.wire.operation import ListOperation, Operation, Query, path


def create(vector_store_id: str, fields: Mapping[str, Any]) -> Operation[VectorStoreFile]:
    """POST /vector_stores/{vector_store_id}/files."""
    files = _all(vector_store_id)
    return Operation(method="POST", path=files, result=VectorStoreFile, body=fields)


def list(vector_store_id: str, query: Query) -> ListOperation[VectorStoreFile]:
    """GET /vector_stores/{vector_store_id}/files."""
    return ListOperation(path=_all(vector_store_id), item=VectorStoreFile, query=query)


def retrieve(vector_store_id: str, file_id: str) -> Operation[VectorStoreFile]:
    """GET /vector_stores/{vector_store_id}/files/{file_id}."""
    return Operation(method="GET", path=_one(vector_store_id, file_id), result=VectorStoreFile)


def update(
    vector_store_id: str, file_id: str, *, attributes: Mapping[str, Any] | None
) -> Operation[VectorStoreFile]:
    """POST /vector_stores/{vector_store_id}/files/{file_id}."""
    file = _one(vector_store_id, file_id)
    body = {"attributes": attributes}
    return Operation(method="POST", path=file, result=VectorStoreFile, body=body)


def content(vector_store_id: str, file_id: str) -> ListOperation[SearchContent]:
    """GET /vector_stores/{vector_store_id}/files/{file_id}/content."""
    content_path = f"{_one(vector_store_id, file_id)}/content"
    return ListOperation(path=content_path, item=SearchContent, is_paged=False)


def delete(vector_store_id: str, file_id: str) -> Operation[VectorStoreFileDeleted]:
    """DELETE /vector_stores/{vector_store_id}/files/{file_id}."""
    file = _one(vector_store_id, file_id)
    return Operation(method="DELETE", path=file, result=VectorStoreFileDeleted)


def _all(vector_store_id: str) -> str:
    return path("/vector_stores/{vector_store_id}/files", vector_store_id=vector_store_id)


def _one(vector_store_id: str, file_id: str) -> str:
    return path(
        "/vector_stores/{vector_store_id}/files/{file_id}",
        vector_store_id=vector_store_id,
        file_id=file_id,
    )
