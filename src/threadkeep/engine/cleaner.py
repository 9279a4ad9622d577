"""Cleaner: deletes files whose time is over, and frees what is out of sight already."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from threadkeep.engine.duty import Duty
from threadkeep.engine.files import Files
from threadkeep.errors import MissingError
from threadkeep.storage import Storage
from threadkeep.storage.files import FileContents

_BATCH: Final = 100
_CHUNKS: Final = 1000


class Cleaner(Duty):
    """Vector stores expire without a hand, since their storage tells the time; their chunks are freed here."""

    def __init__(
        self, storage: Storage, contents: FileContents, files: Files, *, interval_seconds: float
    ) -> None:
        super().__init__(interval_seconds)
        self._storage = storage
        self._contents = contents
        self._files = files
        self._doubtful: list[tuple[str, str]] = []

    async def open(self) -> None:
        """Begin. To be called before anything is received: of what is there now, nothing is still on its way."""
        if self._storage.exclusive:
            self._doubtful = await self._contents.names()
        self.start()

    async def tick(self) -> None:
        """Clean up some of what there is; at once again if there may be more."""
        freed = [
            await self._forget_unknown(),
            await self._delete_expired(),
            await self._storage.idempotency_keys.forget(_BATCH),
            await self._storage.chunks.sweep(_CHUNKS),
            await self._contents.sweep(_BATCH),
        ]
        if max(freed) >= _BATCH:
            self.hurry()

    async def _forget_unknown(self) -> int:
        """Delete bytes that no file is known of: a server died between keeping them and saying so."""
        batch, self._doubtful = self._doubtful[:_BATCH], self._doubtful[_BATCH:]
        for project, file_id in batch:
            if await self._storage.files.find(project, file_id) is None:
                await self._contents.delete(project, file_id)
        return len(batch)

    async def _delete_expired(self) -> int:
        expired = await self._storage.files.expired(_BATCH)
        for project, file_id in expired:
            with suppress(MissingError):  # somebody else was faster
                await self._files.delete(project, file_id)
        return len(expired)
