"""Rows as statements take many of them at once: an array for each column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from threadkeep.storage.postgres.session import Parameters


def columns_of(rows: Sequence[Parameters]) -> dict[str, list[object]]:
    """The values of each column; there is at least one row, and all have the same columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def columns_beside(
    noun: str, columns: Iterable[str], rows: Sequence[Parameters]
) -> dict[str, list[object]]:
    """The values of these columns, for a statement that takes rows of another noun too; there may be no row."""
    return {f"{noun}_{name}": [row[name] for row in rows] for name in columns}
