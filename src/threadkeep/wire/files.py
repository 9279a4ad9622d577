"""The calls on files."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from threadkeep.types.file import File, FileDeleted
from threadkeep.wire.multipart import FileInput, Form, file_part
from threadkeep.wire.operation import ListOperation, Operation, Query, path


def create(
    *,
    file: FileInput,
    purpose: str,
    expires_after: Mapping[str, object] | msgspec.UnsetType = msgspec.UNSET,
) -> Operation[File]:
    """POST /files."""
    fields = {"purpose": purpose}
    if expires_after is not msgspec.UNSET:
        fields |= {f"expires_after[{name}]": str(value) for name, value in expires_after.items()}
    form = Form(fields=fields, files={"file": file_part(file)})
    return Operation(method="POST", path="/files", result=File, form=form)


def list(query: Query) -> ListOperation[File]:
    """GET /files."""
    return ListOperation(path="/files", item=File, query=query)


def retrieve(file_id: str) -> Operation[File]:
    """GET /files/{file_id}."""
    return Operation(method="GET", path=_path(file_id), result=File)


def content(file_id: str) -> Operation[bytes]:
    """GET /files/{file_id}/content."""
    return Operation(method="GET", path=f"{_path(file_id)}/content", result=bytes)


def delete(file_id: str) -> Operation[FileDeleted]:
    """DELETE /files/{file_id}."""
    return Operation(method="DELETE", path=_path(file_id), result=FileDeleted)


def _path(file_id: str) -> str:
    return path("/files/{file_id}", file_id=file_id)
