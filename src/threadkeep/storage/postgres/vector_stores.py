"""Vector stores in PostgreSQL. What follows from their files stands in columns, and is put in as the object is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from threadkeep.errors import MissingError, VectorStoreExpiredError
from threadkeep.storage import Record, StoredPage
from threadkeep.storage.file_counts import file_counts
from threadkeep.storage.postgres.added_files import FilesToAdd, write_files
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.file_references import lock_files
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.paging import load_listing, read_page
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Row, Session
from threadkeep.storage.postgres.vector_store_expiry import has_expired
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

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock

    async def insert(
        self, project: str, vector_store: VectorStore, files: Sequence[VectorStoreFile] = ()
    ) -> VectorStore:
        """Keep a new vector store with its first files, all or nothing; the vector store as it is now.

        Raises `MissingError` if one of the files is not there.
        """
        row = _vector_store_row(project, vector_store)
        added = FilesToAdd.of(files)

        async def work(session: Session) -> VectorStore:
            now = given_now(self._clock)
            missing = await lock_files(session, project, added.ids)
            if missing is not None:
                raise MissingError("file", missing)
            await session.change(
                _INSERT, **row, last_active_at=vector_store.last_active_at, now=now
            )
            await write_files(session, project, vector_store.id, added)
            (kept,) = await session.rows(_FIND, project=project, id=vector_store.id, now=now)
            return _vector_store(kept)

        return await self._database.write(work)

    async def find(self, project: str, vector_store_id: str) -> Record[VectorStore] | None:
        """The vector store, or None."""
        key = {"project": project, "id": vector_store_id, "now": given_now(self._clock)}
        row = await self._database.read(lambda session: session.row(_FIND, **key))
        return None if row is None else Record(encode(_vector_store(row)), row[1], VectorStore)

    async def update(self, project: str, vector_store: VectorStore, revision: int) -> bool:
        """Replace what callers may change; False if it is no longer at `revision`."""
        row = _vector_store_row(project, vector_store)

        async def work(session: Session) -> bool:
            now = given_now(self._clock)
            if await session.change(_UPDATE, **row, revision=revision, now=now):
                return True
            if await has_expired(session, project, vector_store.id, now):
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
        now = given_now(self._clock)
        return await self._database.read(
            lambda session: read_page(
                session,
                _LISTING,
                query,
                lambda row: encode(_vector_store(row[1:])),
                project=project,
                now=now,
            )
        )

    async def touch(self, project: str, vector_store_ids: Sequence[str]) -> None:
        """Say that they are in use now, by the storage's own clock, which puts off their expiry."""
        wanted = {"project": project, "vector_store_ids": list(vector_store_ids)}
        now = given_now(self._clock)
        await self._database.write(lambda session: session.change(_TOUCH, **wanted, now=now))


def _vector_store_row(project: str, vector_store: VectorStore) -> Parameters:
    """What of a vector store's row a caller decides."""
    expires_after = vector_store.expires_after
    return {
        "project": project,
        "id": vector_store.id,
        "expires_after_days": None if expires_after is None else expires_after.days,
        "body": encode(vector_store),
    }


def _vector_store(row: Row) -> VectorStore:
    """The vector store of a row with the columns of `vector_stores/find`."""
    body, _, last_active_at, expires_at, usage_bytes, *counters, is_expired = row
    counts = file_counts(*counters)
    alive = "in_progress" if counts.in_progress else "completed"
    return replace(
        decode(body, VectorStore),
        usage_bytes=usage_bytes,
        file_counts=counts,
        status="expired" if is_expired else alive,
        expires_at=None if expires_at is None else int(expires_at),
        last_active_at=last_active_at,
    )
