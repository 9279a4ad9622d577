"""What callers send about files."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from threadkeep.types.page import PageQuery

PURPOSES: Final = ("fine-tune", "assistants", "batch", "user_data", "vision", "evals")
"""What a caller may upload a file for."""


class FileExpiresAfter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a file is to be deleted, in seconds (an hour to 30 days) since it was uploaded."""

    anchor: Literal["created_at"]
    seconds: Annotated[int, msgspec.Meta(ge=3600, le=2_592_000)]


class FileCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of POST /files beside the file itself. Its purpose is checked by whoever makes the file.

    That has words of its own for a purpose that there is not (contract §2.1).
    """

    purpose: str
    expires_after: FileExpiresAfter | msgspec.UnsetType = msgspec.UNSET


class FilePageQuery(PageQuery, frozen=True, kw_only=True):
    """Which page of files, and of which purpose: the pages of this list alone may be as long as it is."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 10_000
    purpose: str | None = None
