"""Assistants in SQLite."""

from __future__ import annotations

from typing import Final

from threadkeep.storage import Record, StoredPage
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.file_references import (
    ASSISTANT_FILES,
    add_references,
    renew_references,
)
from threadkeep.storage.sqlite.paging import load_listing, read_page
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.remembered import Remembered
from threadkeep.storage.sqlite.session import Session
from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import encode
from threadkeep.types.page import PageQuery

_INSERT: Final = load_query("assistants/insert")
_FIND: Final = load_query("assistants/find")
_UPDATE: Final = load_query("assistants/update")
_DELETE: Final = load_query("assistants/delete")
_LISTING: Final = load_listing("assistant", "assistants")


class Assistants:
    """Assistants of a project. Each run that is created asks for one, so they are remembered."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered = Remembered(database, "assistants", _FIND, Assistant)

    async def insert(self, project: str, assistant: Assistant) -> None:
        """Keep a new assistant. Raises `MissingError` if its code interpreter lists a file that is not there."""
        body = encode(assistant)

        def work(session: Session) -> None:
            session.change(_INSERT, project=project, id=assistant.id, body=body)
            add_references(session, ASSISTANT_FILES, project, assistant)

        await self._database.write(work)

    async def find(self, project: str, assistant_id: str) -> Record[Assistant] | None:
        """The assistant, or None."""
        return await self._remembered.find(project, assistant_id)

    async def update(self, project: str, assistant: Assistant, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`. Raises `MissingError` as `insert` does."""
        row = {"project": project, "id": assistant.id, "body": encode(assistant)}

        def work(session: Session) -> bool:
            if not session.change(_UPDATE, **row, revision=revision):
                return False
            renew_references(session, ASSISTANT_FILES, project, assistant)
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
