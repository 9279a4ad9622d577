"""Adding files to a vector store: many with one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from threadkeep.errors import MissingError
from threadkeep.storage.postgres.file_references import lock_files
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.storage.postgres.vector_store_expiry import lock_to_add
from threadkeep.types.codec import encode
from threadkeep.types.vector_store import VectorStoreFile

_WRITE: Final = load_query("vector_store_files/write")


class FilesToAdd(NamedTuple):
    """Files that one statement adds to a vector store: each once, as it was given last, where it was given first."""

    ids: list[str]
    statuses: list[str]
    bodies: list[bytes]

    @classmethod
    def of(cls, files: Sequence[VectorStoreFile]) -> FilesToAdd:
        """The columns of these files."""
        distinct = {file.id: file for file in files}
        return cls(
            list(distinct),
            [file.status for file in distinct.values()],
            [encode(file) for file in distinct.values()],
        )


async def lock_for_files(
    session: Session, project: str, vector_store_id: str, added: FilesToAdd, now: float | None
) -> None:
    """Lock a vector store and files that are to be added to it.

    Raises `MissingError` (no vector store, or no file) or `VectorStoreExpiredError`.
    """
    missing = await lock_files(session, project, added.ids)
    await lock_to_add(session, project, vector_store_id, now)
    if missing is not None:
        raise MissingError("file", missing)


async def write_files(
    session: Session,
    project: str,
    vector_store_id: str,
    added: FilesToAdd,
    batch_id: str | None = None,
) -> None:
    """Add files, or add them anew, to a vector store; the transaction has locked it and them."""
    if added.ids:
        await session.change(
            _WRITE,
            project=project,
            vector_store_id=vector_store_id,
            batch_id=batch_id,
            file_ids=added.ids,
            statuses=added.statuses,
            bodies=added.bodies,
        )
