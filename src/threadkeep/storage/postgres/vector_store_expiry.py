"""Whether a vector store takes files."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError, VectorStoreExpiredError
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session

_LOCK: Final = load_query("vector_stores/lock")
_EXPIRY: Final = load_query("vector_stores/expiry")


async def has_expired(
    session: Session, project: str, vector_store_id: str, now: float | None
) -> bool | None:
    """Whether it has; None if it is not there."""
    row = await session.row(_EXPIRY, project=project, id=vector_store_id, now=now)
    return None if row is None else row[0]


async def lock_vector_store(
    session: Session, project: str, vector_store_id: str, now: float | None
) -> bool | None:
    """Keep everybody else from changing its files before the transaction ends; whether it has expired.

    None, and nothing is locked, if it is not there.
    """
    row = await session.row(_LOCK, project=project, id=vector_store_id, now=now)
    return None if row is None else row[0]


async def lock_to_add(
    session: Session, project: str, vector_store_id: str, now: float | None
) -> None:
    """Lock a vector store that files are added to. Raises `MissingError` or `VectorStoreExpiredError`."""
    expired = await lock_vector_store(session, project, vector_store_id, now)
    if expired is None:
        raise MissingError("vector store", vector_store_id)
    if expired:
        raise VectorStoreExpiredError(vector_store_id)
