"""Assistants in PostgreSQL."""

from __future__ import annotations

from typing import Final

from threadkeep.storage import Record, StoredPage
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.file_references import (
    ASSISTANT_FILES,
    add_references,
    lock_listed_files,
    renew_references,
)
from threadkeep.storage.postgres.paging import load_listing, read_page
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import encode
from threadkeep.types.page import PageQuery

_INSERT: Final = load_query("assistants/insert")
_FIND: Final = load_query("assistants/find")
_UPDATE: Final = load_query("assistants/update")
_DELETE: Final = load_query("assistants/delete")
_LISTING: Final = load_listing("assistant", "assistants")


class Assistants:
    """Assistants of a project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, project: str, assistant: Assistant) -> None:
        """Keep a new assistant. Raises `MissingError` if its code interpreter lists a file that is not there."""
        body = encode(assistant)

        async def work(session: Session) -> None:
            await lock_listed_files(session, project, assistant)
            await session.change(_INSERT, project=project, id=assistant.id, body=body)
            await add_references(session, ASSISTANT_FILES, project, assistant)

        await self._database.write(work)

    async def find(self, project: str, assistant_id: str) -> Record[Assistant] | None:
        """The assistant, or None."""
        row = await self._database.read(
            lambda session: session.row(_FIND, project=project, id=assistant_id)
        )
        return None if row is None else Record(row[0], row[1], Assistant)

    async def update(self, project: str, assistant: Assistant, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`. Raises `MissingError` as `insert` does."""
        row = {"project": project, "id": assistant.id, "body": encode(assistant)}

        async def work(session: Session) -> bool:
            await lock_listed_files(session, project, assistant)
            if not await session.change(_UPDATE, **row, revision=revision):
                return False
            await renew_references(session, ASSISTANT_FILES, project, assistant)
            return True

        return await self._database.write(work)

    async def delete(self, project: str, assistant_id: str) -> bool:
        """Remove it; False if there was none."""
        deleted = await self._database.write(
            lambda session: session.change(_DELETE, project=project, id=assistant_id)
        )
        return deleted == 1

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's assistants."""
        return await self._database.read(
            lambda session: read_page(session, _LISTING, query, project=project)
        )
