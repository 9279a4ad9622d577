"""Threads in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threadkeep.storage import Record, StoredPage
from threadkeep.storage.rows import message_row
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.file_references import (
    THREAD_FILES,
    add_references,
    renew_references,
)
from threadkeep.storage.sqlite.messages import append_messages
from threadkeep.storage.sqlite.paging import load_listing, read_page
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session
from threadkeep.types.codec import encode
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.thread import Thread

_INSERT: Final = load_query("threads/insert")
_FIND: Final = load_query("threads/find")
_UPDATE: Final = load_query("threads/update")
_DELETE: Final = load_query("threads/delete")
_LISTING: Final = load_listing("thread", "threads")


class Threads:
    """Threads of a project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, project: str, thread: Thread, messages: Sequence[Message] = ()) -> None:
        """Keep a new thread with its first messages, all or nothing.

        Raises `MissingError` if its code interpreter lists a file that is not there.
        """
        message_rows = [message_row(project, message) for message in messages]

        def work(session: Session) -> None:
            insert_thread(session, project, thread)
            append_messages(session, message_rows)

        await self._database.write(work)

    async def find(self, project: str, thread_id: str) -> Record[Thread] | None:
        """The thread, or None."""
        row = await self._database.read(
            lambda session: session.row(_FIND, project=project, id=thread_id)
        )
        return None if row is None else Record(row[0], row[1], Thread)

    async def update(self, project: str, thread: Thread, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`. Raises `MissingError` as `insert` does."""
        row = {"project": project, "id": thread.id, "body": encode(thread)}

        def work(session: Session) -> bool:
            if not session.change(_UPDATE, **row, revision=revision):
                return False
            renew_references(session, THREAD_FILES, project, thread)
            return True

        return await self._database.write(work)

    async def delete(self, project: str, thread_id: str) -> bool:
        """Remove it with its messages, runs and run steps; False if there was none."""
        deleted = await self._database.write(
            lambda session: session.change(_DELETE, project=project, id=thread_id)
        )
        return deleted == 1

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's threads."""
        return await self._database.read(
            lambda session: read_page(session, _LISTING, query, project=project)
        )


def insert_thread(session: Session, project: str, thread: Thread) -> None:
    """Insert a thread, in a transaction that does more. Raises `MissingError` for a file that is not there."""
    session.change(_INSERT, project=project, id=thread.id, body=encode(thread))
    add_references(session, THREAD_FILES, project, thread)
