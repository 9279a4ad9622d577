"""The bytes of files: the contract. `local_folder.py` keeps them in a folder, `postgres.py` in the database.

What is known of a file (its name, its purpose) is kept by `threadkeep.storage`. The bytes are written before that, and
deleted after it, so that whatever file is listed can be read.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Protocol


class FileContents(Protocol):
    """Bytes by project and file id. They are written once and never changed."""

    async def open(self) -> None:
        """Make it ready. What a crash left half written goes now, or with a `sweep`. Raises `StorageError`."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...

    async def write(
        self, project: str, file_id: str, parts: AsyncIterable[bytes], *, limit: int
    ) -> int:
        """Keep all that `parts` gives; how many bytes it was. Once this returns, they are on disk.

        All or nothing: also if `parts` raises or the caller is cancelled. Raises `RequestTooLargeError` as soon as it
        is more than `limit` bytes, `StorageError` if it cannot be kept, and `ValueError` for what is no id.
        """
        ...

    def read(self, project: str, file_id: str) -> AsyncGenerator[bytes, None]:
        """The bytes in parts. Raises `MissingError` if there are none, before the first part.

        To be closed by whoever does not read to the end.
        """
        ...

    async def delete(self, project: str, file_id: str) -> bool:
        """Remove the bytes; False if there were none. Who reads them at this moment reads on."""
        ...

    async def names(self) -> list[tuple[str, str]]:
        """Project and id of everything that is kept, to find what no file is known of."""
        ...

    async def sweep(self, limit: int) -> int:
        """Free the space of what was deleted or half written, where that is not done at once.

        At most `limit` contents; how many it was. What no file is known of after a day goes too, if it stands beside
        the records.
        """
        ...
