"""Files: uploaded bytes."""

from __future__ import annotations

from threadkeep.types.resource import Resource


class File(Resource, frozen=True, kw_only=True):
    """An uploaded file. `status` is `uploaded`, `processed` or `error`; `bytes` its size."""

    object: str = "file"
    purpose: str = ""
    filename: str = ""
    bytes: int = 0
    created_at: int = 0
    expires_at: int | None = None
    status: str = "processed"
    status_details: str | None = None


class FileDeleted(Resource, frozen=True, kw_only=True):
    """The answer to deleting a file."""

    object: str = "file"
    deleted: bool = True
