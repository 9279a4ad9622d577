"""Statements: each stands in a file of its own under `queries/`, read once."""

from __future__ import annotations

from importlib.resources import files
from typing import Final, NamedTuple

_FOLDER: Final = files("threadkeep.storage.sqlite") / "queries"


class Query(NamedTuple):
    """A statement and the name of its file, such as `runs/claim`."""

    name: str
    sql: str


def load_query(name: str) -> Query:
    """The statement in `queries/{name}.sql`."""
    return Query(name, _FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8"))
