# Generated from src/threadkeep/client/_async/files.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import msgspec

from threadkeep.client._sync.sender import Sender
from threadkeep.client.binary import BinaryContent
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import Page
from threadkeep.types.file import File, FileDeleted
from threadkeep.types.page import Order
from threadkeep.wire import files
from threadkeep.wire.multipart import FileInput

_PROCESSED = frozenset({"processed", "error", "deleted"})


class Files:
    """Uploaded bytes."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def create(
        self,
        *,
        file: FileInput,
        purpose: str,
        expires_after: Mapping[str, object] | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> File:
        """Upload a file, read piece by piece as it is sent.

        It is a path, an open binary file, bytes, or a tuple of name, one of these, content type.
        """
        operation = files.create(file=file, purpose=purpose, expires_after=expires_after)
        return self._sender.send(operation, options)

    def list(
        self,
        *,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        purpose: str | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Page[File]:
        """Give the files, newest first unless `order` is `asc`."""
        query = {"after": after, "limit": limit, "order": order, "purpose": purpose}
        return self._sender.list(files.list(query), options)

    def retrieve(self, file_id: str, **options: Unpack[RequestOptions]) -> File:
        """Give what is known about the file."""
        return self._sender.send(files.retrieve(file_id), options)

    def content(self, file_id: str, **options: Unpack[RequestOptions]) -> BinaryContent:
        """Download the file."""
        return BinaryContent(self._sender.send(files.content(file_id), options))

    def retrieve_content(self, file_id: str, **options: Unpack[RequestOptions]) -> str:
        """Download the file as text; `content` is what the official SDK recommends instead."""
        return (self.content(file_id, **options)).text

    def delete(self, file_id: str, **options: Unpack[RequestOptions]) -> FileDeleted:
        """Delete the file, out of all vector stores too."""
        return self._sender.send(files.delete(file_id), options)

    def wait_for_processing(
        self,
        id: str,
        *,
        poll_interval: float = 5.0,
        max_wait_seconds: float = 30 * 60,
        **options: Unpack[RequestOptions],
    ) -> File:
        """Wait until the file is processed or has failed. Raises TimeoutError."""
        return self._sender.poll(
            files.retrieve(id),
            options,
            until=lambda file: file.status in _PROCESSED,
            interval_ms=round(poll_interval * 1000),
            max_wait_seconds=max_wait_seconds,
        )
