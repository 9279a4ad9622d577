# Generated from src/threadkeep/client/_async/vector_store_files.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Files of a vector store."""

from __future__ import annotations

from typing import Literal, Unpack

import msgspec

from threadkeep.client._sync.files import Files
from threadkeep.client._sync.sender import Sender
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import Page
from threadkeep.types.page import Order
from threadkeep.types.vector_store import SearchContent, VectorStoreFile, VectorStoreFileDeleted
from threadkeep.wire import vector_store_files
from threadkeep.wire.multipart import FileInput
from threadkeep.wire.parameters import AttributesParam, ChunkingStrategyParam, Optional


class VectorStoreFiles:
    """Which files are in a vector store, and how far they are."""

    def __init__(self, sender: Sender, files: Files) -> None:
        self._sender = sender
        self._files = files

    def create(
        self,
        vector_store_id: str,
        *,
        file_id: str,
        attributes: Optional[AttributesParam] = msgspec.UNSET,
        chunking_strategy: ChunkingStrategyParam | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFile:
        """Put an uploaded file into the vector store."""
        fields = {
            "file_id": file_id,
            "attributes": attributes,
            "chunking_strategy": chunking_strategy,
        }
        return self._sender.send(vector_store_files.create(vector_store_id, fields), options)

    def list(
        self,
        vector_store_id: str,
        *,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        filter: Literal["in_progress", "completed", "failed", "cancelled"]
        | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Page[VectorStoreFile]:
        """Give the files, newest first unless `order` is `asc`."""
        query = {
            "after": after,
            "before": before,
            "filter": filter,
            "limit": limit,
            "order": order,
        }
        return self._sender.list(vector_store_files.list(vector_store_id, query), options)

    def retrieve(
        self, file_id: str, *, vector_store_id: str, **options: Unpack[RequestOptions]
    ) -> VectorStoreFile:
        """Give how far the file is."""
        operation = vector_store_files.retrieve(vector_store_id, file_id)
        return self._sender.send(operation, options)

    def update(
        self,
        file_id: str,
        *,
        vector_store_id: str,
        attributes: AttributesParam | None,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFile:
        """Replace the attributes."""
        operation = vector_store_files.update(vector_store_id, file_id, attributes=attributes)
        return self._sender.send(operation, options)

    def content(
        self, file_id: str, *, vector_store_id: str, **options: Unpack[RequestOptions]
    ) -> Page[SearchContent]:
        """Give the text of the file, as it is searched."""
        return self._sender.list(vector_store_files.content(vector_store_id, file_id), options)

    def delete(
        self, file_id: str, *, vector_store_id: str, **options: Unpack[RequestOptions]
    ) -> VectorStoreFileDeleted:
        """Take the file out of the vector store; the file itself stays."""
        operation = vector_store_files.delete(vector_store_id, file_id)
        return self._sender.send(operation, options)

    def poll(
        self,
        file_id: str,
        *,
        vector_store_id: str,
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        max_wait_seconds: float | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFile:
        """Wait until the file can be searched, or has failed. Raises TimeoutError."""
        return self._sender.poll(
            vector_store_files.retrieve(vector_store_id, file_id),
            options,
            until=lambda file: file.status != "in_progress",
            interval_ms=poll_interval_ms,
            max_wait_seconds=max_wait_seconds,
        )

    def create_and_poll(
        self,
        file_id: str,
        *,
        vector_store_id: str,
        attributes: Optional[AttributesParam] = msgspec.UNSET,
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        max_wait_seconds: float | msgspec.UnsetType = msgspec.UNSET,
        chunking_strategy: ChunkingStrategyParam | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFile:
        """Put an uploaded file into the vector store and wait until it can be searched."""
        self.create(
            vector_store_id,
            file_id=file_id,
            attributes=attributes,
            chunking_strategy=chunking_strategy,
            **options,
        )
        return self.poll(
            file_id,
            vector_store_id=vector_store_id,
            poll_interval_ms=poll_interval_ms,
            max_wait_seconds=max_wait_seconds,
            **options,
        )

    def upload(
        self,
        *,
        vector_store_id: str,
        file: FileInput,
        attributes: Optional[AttributesParam] = msgspec.UNSET,
        chunking_strategy: ChunkingStrategyParam | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFile:
        """Upload a file and put it into the vector store."""
        uploaded = self._files.create(file=file, purpose="assistants", **options)
        return self.create(
            vector_store_id,
            file_id=uploaded.id,
            attributes=attributes,
            chunking_strategy=chunking_strategy,
            **options,
        )

    def upload_and_poll(
        self,
        *,
        vector_store_id: str,
        file: FileInput,
        attributes: Optional[AttributesParam] = msgspec.UNSET,
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        max_wait_seconds: float | msgspec.UnsetType = msgspec.UNSET,
        chunking_strategy: ChunkingStrategyParam | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFile:
        """Upload a file, put it into the vector store and wait until it can be searched."""
        added = self.upload(
            vector_store_id=vector_store_id,
            file=file,
            attributes=attributes,
            chunking_strategy=chunking_strategy,
            **options,
        )
        return self.poll(
            added.id,
            vector_store_id=vector_store_id,
            poll_interval_ms=poll_interval_ms,
            max_wait_seconds=max_wait_seconds,
            **options,
        )
