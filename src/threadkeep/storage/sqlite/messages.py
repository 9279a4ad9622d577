"""Messages in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threadkeep.storage import Record, StoredPage
from threadkeep.storage.rows import message_row
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.paging import load_listing, read_page
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Parameters, Session
from threadkeep.storage.sqlite.thread_lock import refusal
from threadkeep.types.codec import encode
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery

_INSERT: Final = load_query("messages/insert")
_APPEND: Final = load_query("messages/append")
_WRITE: Final = load_query("messages/write")
_FIND: Final = load_query("messages/find")
_UPDATE: Final = load_query("messages/update")
_DELETE: Final = load_query("messages/delete")
_DELETE_OPEN: Final = load_query("messages/delete_open")
_HAS_USER_MESSAGE: Final = load_query("messages/has_user_message")
_LISTING: Final = load_listing("message", "messages")
_LISTING_OF_RUN: Final = load_listing("message", "messages", "_of_run")


class Messages:
    """Messages of a thread, in the order in which they were kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, project: str, message: Message) -> None:
        """Keep a new message. Raises `MissingError` (no thread) or `ThreadBusyError` (a run is active)."""
        row = message_row(project, message)

        def work(session: Session) -> None:
            if not session.change(_INSERT, **row):
                raise refusal(session, project, message.thread_id, "message")

        await self._database.write(work)

    async def find(self, project: str, thread_id: str, message_id: str) -> Record[Message] | None:
        """The message, or None."""
        row = await self._database.read(
            lambda session: session.row(_FIND, project=project, thread_id=thread_id, id=message_id)
        )
        return None if row is None else Record(row[0], row[1], Message)

    async def update(self, project: str, message: Message, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`."""
        body = encode(message)
        changed = await self._database.write(
            lambda session: session.change(
                _UPDATE,
                project=project,
                thread_id=message.thread_id,
                id=message.id,
                status=message.status,
                body=body,
                revision=revision,
            )
        )
        return changed == 1

    async def delete(self, project: str, thread_id: str, message_id: str) -> bool:
        """Remove it; False if there was none."""
        deleted = await self._database.write(
            lambda session: session.change(
                _DELETE, project=project, thread_id=thread_id, id=message_id
            )
        )
        return deleted == 1

    async def page(
        self, project: str, thread_id: str, query: PageQuery, run_id: str | None = None
    ) -> StoredPage:
        """A page of the thread's messages, or of those that one run made."""
        listing = _LISTING if run_id is None else _LISTING_OF_RUN
        return await self._database.read(
            lambda session: read_page(
                session, listing, query, project=project, thread_id=thread_id, run_id=run_id
            )
        )

    async def has_user_message(self, project: str, thread_id: str) -> bool:
        """Whether a user has said anything on the thread."""
        row = await self._database.read(
            lambda session: session.row(_HAS_USER_MESSAGE, project=project, thread_id=thread_id)
        )
        return row is not None


def append_messages(session: Session, rows: Sequence[Parameters]) -> None:
    """Insert messages into a thread that this transaction made or holds."""
    for row in rows:
        session.change(_APPEND, **row)


def write_messages(session: Session, rows: Sequence[Parameters]) -> None:
    """Insert messages, or replace them where they are."""
    for row in rows:
        session.change(_WRITE, **row)


def delete_open_messages(session: Session, project: str, thread_id: str, run_id: str) -> None:
    """Remove what a run has begun to write and not ended."""
    session.change(_DELETE_OPEN, project=project, thread_id=thread_id, run_id=run_id)
