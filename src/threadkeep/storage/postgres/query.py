"""Statements: each stands in a file of its own under `queries/`, read once."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final, NamedTuple

_FOLDER: Final = files("threadkeep.storage.postgres") / "queries"
_TOKEN: Final = re.compile(r"--[^\n]*|'(?:[^']|'')*'|::|:([a-z_][a-z0-9_]*)")
"""What may hold a colon: comments, strings, casts and parameters; only the last have a group."""


class Query(NamedTuple):
    """A statement, the name of its file, such as `runs/claim`, and its parameters in their order."""

    name: str
    sql: str
    parameters: tuple[str, ...]


def load_query(name: str) -> Query:
    """The statement in `queries/{name}.sql`."""
    return parse_query(name, _FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8"))


def parse_query(name: str, text: str) -> Query:
    """The statement, its `:names` turned into the numbers that PostgreSQL wants."""
    parameters: list[str] = []

    def numbered(token: re.Match[str]) -> str:
        parameter = token[1]
        if parameter is None:
            return token[0]
        if parameter not in parameters:
            parameters.append(parameter)
        return f"${parameters.index(parameter) + 1}"

    return Query(name, _TOKEN.sub(numbered, text), tuple(parameters))
