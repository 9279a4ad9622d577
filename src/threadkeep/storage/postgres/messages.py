"""Messages in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threadkeep.storage import Record, StoredPage
from threadkeep.storage.postgres.columns import columns_of
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.group_commit import GroupCommit, Job, Kind, Outcome
from threadkeep.storage.postgres.paging import load_listing, read_page
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Session
from threadkeep.storage.postgres.thread_lock import ThreadKey, active_runs, refusal
from threadkeep.storage.rows import message_row
from threadkeep.types.codec import encode
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery

_INSERT: Final = load_query("messages/insert")
_APPEND: Final = load_query("messages/append")
_FIND: Final = load_query("messages/find")
_UPDATE: Final = load_query("messages/update")
_DELETE: Final = load_query("messages/delete")
_DELETE_OPEN: Final = load_query("messages/delete_open")
_DELETE_OF_THREAD: Final = load_query("messages/delete_of_thread")
_HAS_USER_MESSAGE: Final = load_query("messages/has_user_message")
_LISTING: Final = load_listing("message", "messages")
_LISTING_OF_RUN: Final = load_listing("message", "messages", "_of_run")
_DELETED_AT_A_TIME: Final = 20_000


class Messages:
    """Messages of a thread, in the order in which they were kept."""

    def __init__(self, database: Database, together: GroupCommit) -> None:
        self._database = database
        self._together = together

    async def insert(self, project: str, message: Message) -> None:
        """Keep a new message. Raises `MissingError` (no thread) or `ThreadBusyError` (a run is active)."""
        row = message_row(project, message)
        thread = (project, message.thread_id)
        await self._together.do(Job(_INSERTS, row, thread=thread, size=size_of([row])))

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


def size_of(rows: Sequence[Parameters]) -> int:
    """How many bytes the bodies of these rows have."""
    bodies = [row.get("body") for row in rows]
    return sum(len(body) for body in bodies if isinstance(body, bytes))


async def append_messages(session: Session, rows: Sequence[Parameters]) -> None:
    """Insert messages into threads that this transaction made or has locked."""
    if rows:
        await session.change(_APPEND, **columns_of(rows))


async def delete_open_messages(session: Session, runs: Sequence[Parameters]) -> None:
    """Remove what these runs have begun to write and not ended."""
    if runs:
        await session.change(_DELETE_OPEN, **columns_of(runs))


async def delete_messages_of(session: Session, project: str, thread_id: str) -> None:
    """Remove all messages of a thread that this transaction has locked, however many there are."""
    scope = {"project": project, "thread_id": thread_id}
    deleted = limit = _DELETED_AT_A_TIME
    while deleted == limit:
        deleted = await session.change(_DELETE_OF_THREAD, **scope, limit=limit)


async def _insert(
    session: Session, rows: Sequence[Parameters], threads: set[ThreadKey]
) -> list[Outcome[None]]:
    present = [row for row in rows if _thread_of(row) in threads]
    inserted = await session.rows(_INSERT, **columns_of(present)) if present else []
    kept = {(project, thread_id) for project, thread_id in inserted}
    active = await active_runs(session, {_thread_of(row) for row in present} - kept)
    return [
        None if _thread_of(row) in kept else refusal(_thread_of(row), active, "message")
        for row in rows
    ]


def _thread_of(row: Parameters) -> ThreadKey:
    return str(row["project"]), str(row["thread_id"])


_INSERTS: Final = Kind(1, _insert)
