"""Bringing a file's schema up to date: numbered, forward only, all that are missing in one transaction."""

from __future__ import annotations

import sqlite3
from functools import cache
from importlib.resources import files
from typing import Final

from threadkeep.errors import StorageError

APPLICATION_ID: Final = 0x5448524B  # "THRK", in the header of each of our files


@cache
def migrations() -> tuple[str, ...]:
    """The migrations; the first brings a file to version 1, and so on."""
    folder = files("threadkeep.storage.sqlite") / "migrations"
    scripts = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".sql")),
        key=lambda item: item.name,
    )
    return tuple(script.read_text(encoding="utf-8") for script in scripts)


def migrate(connection: sqlite3.Connection, label: str) -> tuple[int, int]:
    """Bring the schema up to date; the version before and now.

    Raises `StorageError` for a file that is newer, or not ours.
    """
    before, after = _version(connection, label), len(migrations())
    if before < after:
        _apply(connection, "\n".join(migrations()[before:]), after)
    return before, after


def require_known(connection: sqlite3.Connection, label: str) -> None:
    """Raise `StorageError` unless the schema is up to date."""
    version = _version(connection, label)
    if version < len(migrations()):
        message = f"{label} has schema version {version}, {len(migrations())} is needed."
        raise StorageError(f"{message} Run `threadkeep migrate`.")


def _version(connection: sqlite3.Connection, label: str) -> int:
    """The version of the file; 0 if it is empty."""
    (application_id,) = connection.execute("pragma application_id").fetchone()
    (version,) = connection.execute("pragma user_version").fetchone()
    (tables,) = connection.execute("select count(*) from sqlite_schema").fetchone()
    if application_id != APPLICATION_ID and (tables or version):
        raise StorageError(f"{label} was not made by Threadkeep; its records are left alone.")
    known = len(migrations())
    if version > known:
        message = f"{label} has schema version {version}, this Threadkeep knows up to {known}."
        raise StorageError(f"{message} Upgrade Threadkeep to open it.")
    return version


def _apply(connection: sqlite3.Connection, script: str, number: int) -> None:
    marks = f"pragma application_id = {APPLICATION_ID}; pragma user_version = {number};"
    try:
        connection.executescript(f"begin immediate;\n{script}\n{marks}\ncommit;")
    except sqlite3.Error:
        connection.rollback()
        raise
