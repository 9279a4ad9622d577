"""Vector stores in SQLite. What follows from their files stands in columns, and is put in as the object is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from threadkeep.errors import VectorStoreExpiredError
from threadkeep.storage import BETWEEN, Record, StoredPage
from threadkeep.storage.file_counts import file_counts
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.paging import Found, load_listing, read_page
from threadkeep.storage.sqlite.parameters import json_list
from threadkeep.storage.sqlite.query import Query, load_query
from threadkeep.storage.sqlite.session import Parameters, Row, Session
from threadkeep.storage.sqlite.vector_store_expiry import has_expired
from threadkeep.storage.sqlite.vector_store_files import file_row, write_file
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode, encode
from threadkeep.types.page import PageQuery
from threadkeep.types.vector_store import VectorStore, VectorStoreFile

_INSERT: Final = load_query("vector_stores/insert")
_FIND: Final = load_query("vector_stores/find")
_UPDATE: Final = load_query("vector_stores/update")
_DELETE: Final = load_query("vector_stores/delete")
_TOUCH: Final = load_query("vector_stores/touch")
_LISTING: Final = load_listing("vector store", "vector_stores")


class VectorStores:
    """Vector stores of a project; their counts, status and expiry are true whenever they are read."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def insert(
        self, project: str, vector_store: VectorStore, files: Sequence[VectorStoreFile] = ()
    ) -> VectorStore:
        """Keep a new vector store with its first files, all or nothing; the vector store as it is now.

        Raises `MissingError` if one of the files is not there.
        """
        row = _vector_store_row(project, vector_store)
        file_rows = [file_row(project, file) for file in files]

        def work(session: Session) -> VectorStore:
            now = self._clock.now()
            session.change(_INSERT, **row, last_active_at=vector_store.last_active_at or int(now))
            for each in file_rows:
                write_file(session, each, now)
            (kept,) = session.rows(_FIND, project=project, id=vector_store.id)
            return _vector_store(kept, now)

        return await self._database.write(work)

    async def find(self, project: str, vector_store_id: str) -> Record[VectorStore] | None:
        """The vector store, or None."""
        row = await self._database.read(
            lambda session: session.row(_FIND, project=project, id=vector_store_id)
        )
        if row is None:
            return None
        return Record(encode(_vector_store(row, self._clock.now())), row[1], VectorStore)

    async def update(self, project: str, vector_store: VectorStore, revision: int) -> bool:
        """Replace what callers may change; False if it is no longer at `revision`."""
        row = _vector_store_row(project, vector_store)

        def work(session: Session) -> bool:
            now = self._clock.now()
            if session.change(_UPDATE, **row, revision=revision, now=now):
                return True
            if has_expired(session, project, vector_store.id, now):
                raise VectorStoreExpiredError(vector_store.id)
            return False

        return await self._database.write(work)

    async def delete(self, project: str, vector_store_id: str) -> bool:
        """Remove it with all that it has of files, which themselves stay; False if there was none."""
        deleted = await self._database.write(
            lambda session: session.change(_DELETE, project=project, id=vector_store_id)
        )
        return deleted == 1

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's vector stores."""

        def find(session: Session, query: Query, parameters: Parameters) -> Found:
            rows, now = session.rows(query, **parameters), self._clock.now()
            return BETWEEN.join(encode(_vector_store(row, now)) for row in rows), len(rows)

        return await self._database.read(
            lambda session: read_page(session, _LISTING, query, find, project=project)
        )

    async def touch(self, project: str, vector_store_ids: Sequence[str]) -> None:
        """Say that they are in use now, by the storage's own clock, which puts off their expiry."""
        wanted = json_list(vector_store_ids)
        await self._database.write(
            lambda session: session.change(
                _TOUCH, project=project, vector_store_ids=wanted, now=int(self._clock.now())
            )
        )


def _vector_store_row(project: str, vector_store: VectorStore) -> Parameters:
    """What of a vector store's row a caller decides."""
    expires_after = vector_store.expires_after
    return {
        "project": project,
        "id": vector_store.id,
        "expires_after_days": None if expires_after is None else expires_after.days,
        "body": encode(vector_store),
    }


def _vector_store(row: Row, now: float) -> VectorStore:
    """The vector store of a row with the columns of `vector_stores/find`, as it is at this moment."""
    body, _, last_active_at, expires_at, usage_bytes, *counters = row
    counts = file_counts(*counters)
    is_expired = expires_at is not None and expires_at <= now
    alive = "in_progress" if counts.in_progress else "completed"
    return replace(
        decode(body, VectorStore),
        usage_bytes=usage_bytes,
        file_counts=counts,
        status="expired" if is_expired else alive,
        expires_at=expires_at,
        last_active_at=last_active_at,
    )
