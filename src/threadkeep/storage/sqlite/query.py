"""Statements: each stands in a file of its own under `queries/`, read once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

_FOLDER: Final = files("threadkeep.storage.sqlite") / "queries"
_PARAMETER: Final = re.compile(r":(\w+)")


class Query(NamedTuple):
    """A statement and the name of its file, such as `runs/claim`."""

    name: str
    sql: str


def load_query(name: str) -> Query:
    """The statement in `queries/{name}.sql`."""
    return Query(name, _FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8"))


@cache
def numbered(sql: str) -> tuple[str, Sequence[str]]:
    """The statement with its parameters by number, and their names in that order.

    By name, the driver lets go of the interpreter's lock for each of them, and whoever waits for it is woken up.
    """
    names = list(dict.fromkeys(_PARAMETER.findall(sql)))
    return _PARAMETER.sub(lambda found: f"?{names.index(found[1]) + 1}", sql), names
