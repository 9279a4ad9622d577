"""File batches of a vector store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal, Unpack

import msgspec

from threadkeep.client._async.files import AsyncFiles
from threadkeep.client._async.sender import AsyncSender
from threadkeep.client.atogether import atogether
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import AsyncPager
from threadkeep.types.page import Order
from threadkeep.types.vector_store import VectorStoreFile, VectorStoreFileBatch
from threadkeep.wire import file_batches
from threadkeep.wire.multipart import FileInput
from threadkeep.wire.parameters import AttributesParam, ChunkingStrategyParam, Optional


class AsyncFileBatches:
    """Files that are put into a vector store together."""

    def __init__(self, sender: AsyncSender, files: AsyncFiles) -> None:
        self._sender = sender
        self._files = files

    async def create(
        self,
        vector_store_id: str,
        *,
        attributes: Optional[AttributesParam] = msgspec.UNSET,
        chunking_strategy: ChunkingStrategyParam | msgspec.UnsetType = msgspec.UNSET,
        file_ids: Iterable[str] | msgspec.UnsetType = msgspec.UNSET,
        files: Iterable[Mapping[str, Any]] | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFileBatch:
        """Put uploaded files into the vector store, by their ids or each with its own options."""
        fields = {
            "attributes": attributes,
            "chunking_strategy": chunking_strategy,
            "file_ids": file_ids,
            "files": files,
        }
        return await self._sender.send(file_batches.create(vector_store_id, fields), options)

    async def retrieve(
        self, batch_id: str, *, vector_store_id: str, **options: Unpack[RequestOptions]
    ) -> VectorStoreFileBatch:
        """Give how far the batch is."""
        operation = file_batches.retrieve(vector_store_id, batch_id)
        return await self._sender.send(operation, options)

    async def cancel(
        self, batch_id: str, *, vector_store_id: str, **options: Unpack[RequestOptions]
    ) -> VectorStoreFileBatch:
        """Leave out the files that are not ready yet."""
        return await self._sender.send(file_batches.cancel(vector_store_id, batch_id), options)

    def list_files(
        self,
        batch_id: str,
        *,
        vector_store_id: str,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        filter: Literal["in_progress", "completed", "failed", "cancelled"]
        | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> AsyncPager[VectorStoreFile]:
        """Give the files of the batch, newest first unless `order` is `asc`."""
        query = {
            "after": after,
            "before": before,
            "filter": filter,
            "limit": limit,
            "order": order,
        }
        operation = file_batches.list_files(vector_store_id, batch_id, query)
        return self._sender.list(operation, options)

    async def poll(
        self,
        batch_id: str,
        *,
        vector_store_id: str,
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFileBatch:
        """Wait until no file is in progress any more; some may have failed, see `file_counts`."""
        return await self._sender.poll(
            file_batches.retrieve(vector_store_id, batch_id),
            options,
            until=lambda batch: not batch.file_counts.in_progress,
            interval_ms=poll_interval_ms,
        )

    async def create_and_poll(
        self,
        vector_store_id: str,
        *,
        attributes: Optional[AttributesParam] = msgspec.UNSET,
        chunking_strategy: ChunkingStrategyParam | msgspec.UnsetType = msgspec.UNSET,
        file_ids: Iterable[str] | msgspec.UnsetType = msgspec.UNSET,
        files: Iterable[Mapping[str, Any]] | msgspec.UnsetType = msgspec.UNSET,
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFileBatch:
        """Put uploaded files into the vector store and wait until none is in progress any more."""
        batch = await self.create(
            vector_store_id,
            attributes=attributes,
            chunking_strategy=chunking_strategy,
            file_ids=file_ids,
            files=files,
            **options,
        )
        return await self.poll(
            batch.id, vector_store_id=vector_store_id, poll_interval_ms=poll_interval_ms, **options
        )

    async def upload_and_poll(
        self,
        vector_store_id: str,
        *,
        files: Iterable[FileInput],
        max_concurrency: int = 5,
        file_ids: Iterable[str] = (),
        poll_interval_ms: int | msgspec.UnsetType = msgspec.UNSET,
        chunking_strategy: ChunkingStrategyParam | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> VectorStoreFileBatch:
        """Upload files, put them and those of `file_ids` into the vector store, and wait."""
        upload = partial(self._files.create, purpose="assistants", **options)
        uploaded = await atogether([partial(upload, file=file) for file in files], max_concurrency)
        return await self.create_and_poll(
            vector_store_id,
            file_ids=[*file_ids, *(file.id for file in uploaded)],
            chunking_strategy=chunking_strategy,
            poll_interval_ms=poll_interval_ms,
            **options,
        )
