"""What a storage does with the files of vector stores, and with the queue of those that are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from threadkeep.storage.contract.chunks import Chunk
from threadkeep.storage.contract.record import Record, StoredPage
from threadkeep.types.file import File
from threadkeep.types.page import PageQuery
from threadkeep.types.run import LastError
from threadkeep.types.vector_store import VectorStoreFile


class IngestionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a vector store that `worker` reads now.

    `epoch` grows with each claim, and whenever the file is taken away from its worker: with `worker` it is the fence.
    `attempts` counts claims since the file was added.
    """

    project: str
    file: File
    vector_store_file: VectorStoreFile
    worker: str
    epoch: int
    attempts: int


class VectorStoreFiles(Protocol):
    """Files of a vector store. Those `in_progress` are the queue: they are claimed, leased and fenced like runs."""

    async def insert(self, project: str, file: VectorStoreFile) -> None:
        """Add a file, `in_progress`. One that is there already keeps its place and is read anew.

        Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
        """
        ...

    async def find(
        self, project: str, vector_store_id: str, file_id: str
    ) -> Record[VectorStoreFile] | None:
        """The file, or None."""
        ...

    async def update(self, project: str, file: VectorStoreFile, revision: int) -> bool:
        """Replace its attributes; False if it is no longer at `revision`."""
        ...

    async def delete(self, project: str, vector_store_id: str, file_id: str) -> bool:
        """Take it out of the vector store; False if it was not in there. The file itself stays."""
        ...

    async def page(
        self,
        project: str,
        vector_store_id: str,
        query: PageQuery,
        *,
        status: str | None = None,
        batch_id: str | None = None,
    ) -> StoredPage:
        """A page of the vector store's files, or of those in one status, or of one batch, or both.

        An unknown cursor raises `MissingError`.
        """
        ...

    async def claim(
        self, worker: str, limit: int, *, orphans: bool = True
    ) -> list[IngestionRecord]:
        """Give files `in_progress` to `worker`: at most `limit`, the oldest first.

        Those that no worker has, and with `orphans` also those of another worker that let its lease run out, by the
        storage's own clock.
        """
        ...

    async def owned(self, worker: str) -> list[IngestionRecord]:
        """The files `in_progress` that the worker holds."""
        ...

    async def release(self, record: IngestionRecord) -> bool:
        """Give the file back unread, so that it can be claimed at once; the attempt does not count.

        False, and nothing is written, as in `complete`.
        """
        ...

    async def put_aside(
        self, record: IngestionRecord, chunks: Sequence[Chunk], position: int
    ) -> bool:
        """Keep chunks of the file, from the `position`-th on, until it is completed; what is there already stays.

        False as in `complete`: whoever reads the file can stop.
        """
        ...

    async def complete(
        self,
        record: IngestionRecord,
        chunks: Sequence[Chunk],
        usage_bytes: int,
        *,
        position: int = 0,
    ) -> bool:
        """Let the file be `completed`, and found from now on in these chunks, the last, and the `position` put aside.

        False, and nothing is written, if it is no longer as in `record`: cancelled, deleted, added anew, or claimed by
        another worker. However many chunks there are, nobody else's writes wait for all of them.
        """
        ...

    async def fail(self, record: IngestionRecord, error: LastError) -> bool:
        """Let the file be `failed`, with `error` as its `last_error`; False as in `complete`."""
        ...
