"""File contents in a PostgreSQL database, beside the records: in pieces, which any node reads one after the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import suppress
from typing import Final

from threadkeep.errors import MissingError, RequestTooLargeError, StorageError
from threadkeep.storage.files.file_id import require_id
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.clock import Clock

_BEGIN: Final = load_query("file_contents/begin")
_ADD_PIECE: Final = load_query("file_contents/add_piece")
_FINISH: Final = load_query("file_contents/finish")
_DROP: Final = load_query("file_contents/drop")
_FIND: Final = load_query("file_contents/find")
_PIECE: Final = load_query("file_contents/piece")
_DISCARD: Final = load_query("file_contents/discard")
_NAMES: Final = load_query("file_contents/names")
_CHECK: Final = load_query("file_contents/check")
_REMOVE: Final = load_query("file_contents/remove")

_PIECE_BYTES: Final = 1024 * 1024
_DOUBTFUL_SECONDS: Final = 24 * 60 * 60  # longer than anybody writes or reads a file
_CONNECTIONS: Final = 4  # of their own, so that large files keep nobody from the records


class PostgresContents:
    """Keeps each content in pieces, which are seen once all of them are there.

    The schema is that of the storage in the same database, which is to be opened before. `clock` takes the place of the
    database's own. What is deleted is out of sight at once; it leaves the disk a day later, so that who reads it reads
    on. So do bytes that no file is known of.
    """

    def __init__(
        self,
        dsn: str,
        clock: Clock | None = None,
        *,
        connections: int = _CONNECTIONS,
        patience_seconds: float = 30.0,
    ) -> None:
        self._clock = clock
        self._database = Database(dsn, connections=connections, patience_seconds=patience_seconds)

    async def open(self) -> None:
        """Find the database. What a crash left half written goes with the next `sweep` that finds it old enough."""
        await self._database.open(auto_migrate=False)

    async def close(self) -> None:
        """Finish what was begun and leave the database."""
        await self._database.close()

    async def write(
        self, project: str, file_id: str, parts: AsyncIterable[bytes], *, limit: int
    ) -> int:
        """Keep all that `parts` gives; how many bytes it was. Once this returns, they are on disk."""
        require_id(file_id)
        content = await self._begin(project, file_id)
        try:
            size = await self._add_pieces(content, parts, limit)
            await self._finish(project, file_id, content, size)
        except BaseException:
            with suppress(StorageError):  # then it is left to a sweep
                await self._database.write(lambda session: session.change(_DROP, content=content))
            raise
        return size

    async def read(self, project: str, file_id: str) -> AsyncGenerator[bytes, None]:
        """The bytes in parts. Raises `MissingError` if there are none, before the first part."""
        require_id(file_id)
        key = {"project": project, "file_id": file_id}
        found = await self._database.read(lambda session: session.row(_FIND, **key))
        if found is None:
            raise MissingError("file", file_id)
        content, left = found
        position = 0
        while left > 0:
            piece = await self._piece(content, position)
            if piece is None:
                raise StorageError("A file was deleted long before it was read to its end.")
            yield piece
            left -= len(piece)
            position += 1

    async def delete(self, project: str, file_id: str) -> bool:
        """Remove the bytes; False if there were none."""
        require_id(file_id)
        key = {"project": project, "file_id": file_id, "now": given_now(self._clock)}
        return await self._database.write(lambda session: session.change(_DISCARD, **key)) == 1

    async def names(self) -> list[tuple[str, str]]:
        """Project and id of everything that is kept."""
        rows = await self._database.read(lambda session: session.rows(_NAMES))
        return [(project, file_id) for project, file_id in rows]

    async def sweep(self, limit: int) -> int:
        """Look at contents that are a day old, at most `limit`, and remove what is of no use; how many it looked at.

        What is removed is removed one by one: each may be large.
        """
        old = {"now": given_now(self._clock), "doubtful_seconds": _DOUBTFUL_SECONDS}
        seen = await self._database.write(
            lambda session: session.change(_CHECK, **old, limit=limit)
        )
        while seen < limit:
            if not await self._database.write(lambda session: session.change(_REMOVE, **old)):
                break
            seen += 1
        return seen

    async def _begin(self, project: str, file_id: str) -> int:
        key = {"project": project, "file_id": file_id, "now": given_now(self._clock)}
        (row,) = await self._database.write(lambda session: session.rows(_BEGIN, **key))
        return row[0]

    async def _add_pieces(self, content: int, parts: AsyncIterable[bytes], limit: int) -> int:
        """Keep the pieces of a content, each with a transaction of its own; how many bytes it was."""
        position = size = 0
        waiting = bytearray()
        async for part in parts:
            size += len(part)
            if size > limit:
                raise RequestTooLargeError(limit)
            waiting += part
            while len(waiting) >= _PIECE_BYTES:
                await self._add_piece(content, position, bytes(waiting[:_PIECE_BYTES]))
                del waiting[:_PIECE_BYTES]
                position += 1
        if waiting:
            await self._add_piece(content, position, bytes(waiting))
        return size

    async def _add_piece(self, content: int, position: int, piece: bytes) -> None:
        row = {"content": content, "position": position, "bytes": piece}
        await self._database.write(lambda session: session.change(_ADD_PIECE, **row))

    async def _finish(self, project: str, file_id: str, content: int, size: int) -> None:
        """Let the content be seen, in the place of an earlier one with this name."""
        now = given_now(self._clock)

        async def work(session: Session) -> None:
            await session.change(_DISCARD, project=project, file_id=file_id, now=now)
            if not await session.change(_FINISH, content=content, size=size, now=now):
                raise StorageError("A file took longer than a day to be written.")

        await self._database.write(work)

    async def _piece(self, content: int, position: int) -> bytes | None:
        row = await self._database.read(
            lambda session: session.row(_PIECE, content=content, position=position)
        )
        return None if row is None else row[0]
