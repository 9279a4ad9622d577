"""Spaces of vectors in SQLite: which vectors can be compared, and in which a vector store is searched."""

from __future__ import annotations

from typing import Final

from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session
from threadkeep.types.embedding import EmbeddingSpace

_INSERT: Final = load_query("embedding_spaces/insert")
_FIND: Final = load_query("embedding_spaces/find")
_TAKE: Final = load_query("vector_stores/take_space")


def find_space(session: Session, space: EmbeddingSpace) -> int | None:
    """Its seq; None if there are no vectors of it."""
    row = session.row(_FIND, model=space.model, dimensions=space.dimensions)
    return None if row is None else row[0]


def keep_space(session: Session, space: EmbeddingSpace) -> int:
    """Its seq; it is there from now on."""
    session.change(_INSERT, model=space.model, dimensions=space.dimensions)
    seq = find_space(session, space)
    assert seq is not None
    return seq


def take_space(session: Session, vector_store: int, space: EmbeddingSpace) -> int:
    """Its seq. A vector store that has no vectors yet is searched in it."""
    seq = keep_space(session, space)
    session.change(_TAKE, vector_store=vector_store, embedding_space=seq)
    return seq
