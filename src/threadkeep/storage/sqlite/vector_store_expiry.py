"""Why a vector store takes no files."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError, Refusal, VectorStoreExpiredError
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session

_EXPIRY: Final = load_query("vector_stores/expiry")


def has_expired(session: Session, project: str, vector_store_id: str, now: float) -> bool | None:
    """Whether it has; None if it is not there."""
    row = session.row(_EXPIRY, project=project, id=vector_store_id, now=now)
    return None if row is None else bool(row[0])


def refusal(
    session: Session, project: str, vector_store_id: str, now: float, *, file_id: str | None = None
) -> Refusal:
    """What to raise after an insert that it did not take, or did not with this file."""
    expired = has_expired(session, project, vector_store_id, now)
    if expired is None:
        return MissingError("vector store", vector_store_id)
    if expired or file_id is None:
        return VectorStoreExpiredError(vector_store_id)
    return MissingError("file", file_id)
