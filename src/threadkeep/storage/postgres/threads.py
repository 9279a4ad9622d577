"""Threads in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from threadkeep.storage import Record, StoredPage
from threadkeep.storage.postgres.columns import columns_of
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.file_references import (
    THREAD_FILES,
    add_references,
    listed_files,
    lock_listed_files,
    renew_references,
)
from threadkeep.storage.postgres.group_commit import GroupCommit, Job, Kind, Outcome
from threadkeep.storage.postgres.messages import (
    append_messages,
    delete_messages_of,
    size_of,
)
from threadkeep.storage.postgres.paging import load_listing, read_page
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Session
from threadkeep.storage.postgres.thread_lock import ThreadKey, lock_threads
from threadkeep.storage.rows import message_row
from threadkeep.types.codec import encode
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.thread import Thread

_INSERT: Final = load_query("threads/insert")
_FIND: Final = load_query("threads/find")
_UPDATE: Final = load_query("threads/update")
_DELETE: Final = load_query("threads/delete")
_LOCK_RUNS: Final = load_query("runs/lock_of_thread")
_LISTING: Final = load_listing("thread", "threads")


class NewThread(NamedTuple):
    """A thread that is to be kept with its first messages."""

    project: str
    thread: Thread
    row: Parameters
    messages: Sequence[Parameters]


class Threads:
    """Threads of a project."""

    def __init__(self, database: Database, together: GroupCommit) -> None:
        self._database = database
        self._together = together

    async def insert(self, project: str, thread: Thread, messages: Sequence[Message] = ()) -> None:
        """Keep a new thread with its first messages, all or nothing.

        Raises `MissingError` if its code interpreter lists a file that is not there.
        """
        new = new_thread(project, thread, [message_row(project, message) for message in messages])
        if lists_files(thread):
            await self._database.write(lambda session: insert_thread_with_files(session, new))
        else:
            await self._together.do(Job(_INSERTS, new, size=size_of([new.row, *new.messages])))

    async def find(self, project: str, thread_id: str) -> Record[Thread] | None:
        """The thread, or None."""
        row = await self._database.read(
            lambda session: session.row(_FIND, project=project, id=thread_id)
        )
        return None if row is None else Record(row[0], row[1], Thread)

    async def update(self, project: str, thread: Thread, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`. Raises `MissingError` as `insert` does."""
        row = _thread_row(project, thread)

        async def work(session: Session) -> bool:
            await lock_listed_files(session, project, thread)
            if not await session.change(_UPDATE, **row, revision=revision):
                return False
            await renew_references(session, THREAD_FILES, project, thread)
            return True

        return await self._database.write(work)

    async def delete(self, project: str, thread_id: str) -> bool:
        """Remove it with its messages, runs and run steps; False if there was none."""

        async def work(session: Session) -> bool:
            if not await lock_threads(session, {(project, thread_id)}):
                return False
            await session.rows(_LOCK_RUNS, project=project, thread_id=thread_id)
            await delete_messages_of(session, project, thread_id)
            return await session.change(_DELETE, project=project, id=thread_id) == 1

        return await self._database.write(work)

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's threads."""
        return await self._database.read(
            lambda session: read_page(session, _LISTING, query, project=project)
        )


def new_thread(project: str, thread: Thread, messages: Sequence[Parameters] = ()) -> NewThread:
    """A thread as `insert_threads` takes it."""
    return NewThread(project, thread, _thread_row(project, thread), messages)


def lists_files(thread: Thread) -> bool:
    """Whether it needs more than the statements that many threads are inserted with."""
    return bool(listed_files(thread.tool_resources))


async def insert_threads(session: Session, threads: Sequence[NewThread]) -> None:
    """Insert threads with their messages. An id that is there already is a failure."""
    if threads:
        await session.change(_INSERT, **columns_of([new.row for new in threads]))
        await append_messages(session, [row for new in threads for row in new.messages])


async def insert_thread_with_files(session: Session, new: NewThread) -> None:
    """Insert a thread that lists files, which are locked first. Raises `MissingError` for one that is not there."""
    await lock_listed_files(session, new.project, new.thread)
    await insert_threads(session, [new])
    await add_references(session, THREAD_FILES, new.project, new.thread)


def _thread_row(project: str, thread: Thread) -> Parameters:
    return {"project": project, "id": thread.id, "body": encode(thread)}


async def _insert(
    session: Session, threads: Sequence[NewThread], _: set[ThreadKey]
) -> list[Outcome[None]]:
    await insert_threads(session, threads)
    return [None] * len(threads)


_INSERTS: Final = Kind(0, _insert)
