"""Files: receiving, describing, reading and deleting them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Final

import msgspec

from threadkeep.errors import InvalidRequestError, MissingError
from threadkeep.storage import Storage
from threadkeep.storage.files import FileContents
from threadkeep.types import ids
from threadkeep.types.clock import Clock
from threadkeep.types.file import File
from threadkeep.types.file_request import PURPOSES, FileCreate
from threadkeep.types.ids import IdSource

MAX_BYTES: Final = 512 * 1024 * 1024
"""The largest file (contract §5.9)."""

_KEPT_BACK: Final = frozenset({"assistants", "user_data"})
"""Purposes whose files can be used, but not fetched again (contract §5.9)."""


class ReceivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that are on disk, and that no file is known of yet: `create` makes one, or `discard` removes them."""

    project: str
    id: str
    filename: str
    bytes: int


class Files:
    """The verbs of files."""

    def __init__(
        self, storage: Storage, contents: FileContents, clock: Clock, source: IdSource
    ) -> None:
        self._storage = storage
        self._contents = contents
        self._clock = clock
        self._ids = source

    async def receive(
        self, project: str, filename: str, parts: AsyncIterable[bytes]
    ) -> ReceivedFile:
        """The bytes of a file to be, as they come. Raises `RequestTooLargeError`; then nothing is kept."""
        file_id = self._ids.make(ids.FILE)
        size = await self._contents.write(project, file_id, parts, limit=MAX_BYTES)
        return ReceivedFile(project=project, id=file_id, filename=filename, bytes=size)

    async def discard(self, received: ReceivedFile) -> None:
        """Remove what was received: no file is to be made of it."""
        await self._contents.delete(received.project, received.id)

    async def create(self, received: ReceivedFile, body: FileCreate) -> File:
        """A new file of what was received. Raises `InvalidRequestError` for a purpose that there is not."""
        if body.purpose not in PURPOSES:
            message = f"'{body.purpose}' is not one of {[*PURPOSES]} - 'purpose'"
            raise InvalidRequestError(message, param="purpose")
        now = int(self._clock.now())
        file = File(
            id=received.id,
            purpose=body.purpose,
            filename=received.filename,
            bytes=received.bytes,
            created_at=now,
            expires_at=now + body.expires_after.seconds if body.expires_after else None,
        )
        await self._storage.files.insert(received.project, file)
        return file

    async def find(self, project: str, file_id: str) -> File:
        """The file. Raises `MissingError`."""
        found = await self._storage.files.find(project, file_id)
        if found is None:
            raise MissingError("file", file_id)
        return found.value

    async def content(self, project: str, file_id: str) -> tuple[File, AsyncGenerator[bytes, None]]:
        """The file, and its bytes in parts. Raises `MissingError`; `InvalidRequestError` if they are kept back."""
        file = await self.find(project, file_id)
        if file.purpose in _KEPT_BACK:
            message = f"Not allowed to download files of purpose: {file.purpose}"
            raise InvalidRequestError(message)
        return file, self._contents.read(project, file_id)

    async def delete(self, project: str, file_id: str) -> None:
        """Remove it, from every vector store and from what code interpreters see too. Raises `MissingError`."""
        if not await self._storage.files.delete(project, file_id):
            raise MissingError("file", file_id)
        await self._contents.delete(project, file_id)
