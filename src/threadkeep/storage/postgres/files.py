"""Files in PostgreSQL: what is known of them."""

from __future__ import annotations

from typing import Final

from threadkeep.storage import Record, StoredPage
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.file_references import (
    ASSISTANT_FILES,
    THREAD_FILES,
    remove_references,
)
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.paging import load_listing, read_page
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.clock import Clock
from threadkeep.types.codec import encode
from threadkeep.types.file import File
from threadkeep.types.page import PageQuery

_INSERT: Final = load_query("files/insert")
_FIND: Final = load_query("files/find")
_LOCK: Final = load_query("files/lock")
_LOCK_VECTOR_STORES: Final = load_query("vector_stores/lock_of_file")
_DISCARD_CONTENT: Final = load_query("file_contents/discard")
_DELETE: Final = load_query("files/delete")
_EXPIRED: Final = load_query("files/expired")
_LISTING: Final = load_listing("file", "files")
_LISTING_OF_PURPOSE: Final = load_listing("file", "files", "_of_purpose")


class Files:
    """Files of a project."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock

    async def insert(self, project: str, file: File) -> None:
        """Keep a new file."""
        row = {
            "project": project,
            "id": file.id,
            "purpose": file.purpose,
            "expires_at": file.expires_at,
            "body": encode(file),
        }
        await self._database.write(lambda session: session.change(_INSERT, **row))

    async def find(self, project: str, file_id: str) -> Record[File] | None:
        """The file, or None."""
        row = await self._database.read(
            lambda session: session.row(_FIND, project=project, id=file_id)
        )
        return None if row is None else Record(row[0], row[1], File)

    async def delete(self, project: str, file_id: str) -> bool:
        """Remove it everywhere, in one go, and its bytes if they are kept here; False if there was none."""
        key = {"project": project, "file_id": file_id}

        async def work(session: Session) -> bool:
            if await session.row(_LOCK, **key) is None:
                return False
            await remove_references(session, ASSISTANT_FILES, **key)
            await remove_references(session, THREAD_FILES, **key)
            await session.rows(_LOCK_VECTOR_STORES, **key)
            await session.change(_DELETE, **key)
            await session.change(_DISCARD_CONTENT, **key, now=given_now(self._clock))
            return True

        return await self._database.write(work)

    async def page(self, project: str, query: PageQuery, purpose: str | None = None) -> StoredPage:
        """A page of the project's files, or of those with one purpose."""
        listing = _LISTING if purpose is None else _LISTING_OF_PURPOSE
        return await self._database.read(
            lambda session: read_page(session, listing, query, project=project, purpose=purpose)
        )

    async def expired(self, limit: int) -> list[tuple[str, str]]:
        """Projects and ids of files whose `expires_at` has passed, by the storage's own clock."""
        now = given_now(self._clock)
        rows = await self._database.read(
            lambda session: session.rows(_EXPIRED, now=now, limit=limit)
        )
        return [(project, file_id) for project, file_id in rows]
