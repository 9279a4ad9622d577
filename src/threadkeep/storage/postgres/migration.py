"""Bringing a database's schema up to date: numbered, forward only, one transaction each, while nodes are at work.

A migration only adds, so that nodes of the version before go on working; one that cannot keep to that says in its first
line which is the oldest version that can. A node refuses a database that it is too old for.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.driver import asyncpg
from threadkeep.storage.postgres.session import Connection

_OLDEST_NODE: Final = re.compile(r"-- Oldest node: (\d+)\.\n")
_LOCK: Final = 0x5448524B  # "THRK": whoever migrates holds it until the end of the transaction
_LOCK_SECONDS: Final = 5  # so that nodes at work do not stand in line behind a change that waits

_EXISTS: Final = "select to_regclass('schema_version') is not null"
_VERSION: Final = (
    "select coalesce(max(version), 0), coalesce(max(oldest_node), 0) from schema_version"
)
_APPLY: Final = """
set local lock_timeout = '{seconds}s';
{script}
insert into schema_version (version, oldest_node) values ({number}, {oldest_node})
"""


class Migration(NamedTuple):
    """A step from one version to the next; nodes that know at least `oldest_node` versions work with what it makes."""

    number: int
    oldest_node: int
    script: str


class Version(NamedTuple):
    """What a database says of itself; both 0 if it is empty."""

    number: int
    oldest_node: int


@cache
def migrations() -> tuple[Migration, ...]:
    """All steps; the first brings a database to version 1, and so on."""
    folder = files("threadkeep.storage.postgres") / "migrations"
    scripts = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".sql")),
        key=lambda item: item.name,
    )
    return tuple(
        _migration(number, script.read_text(encoding="utf-8"))
        for number, script in enumerate(scripts, start=1)
    )


async def migrate(connection: Connection, label: str) -> tuple[int, int]:
    """Bring the schema up to date; the version before and now. Of nodes that try at once, one does it.

    Raises `StorageError` for a database that this node is too old for, or that is not ours.
    """
    before = await read_version(connection)
    _require_not_newer(before, label)
    for migration in migrations()[before.number :]:
        await _apply(connection, migration, label)
    return before.number, max(before.number, len(migrations()))


async def require_known(connection: Connection, label: str) -> None:
    """Raise `StorageError` unless the schema is up to date."""
    version = await read_version(connection)
    _require_not_newer(version, label)
    if version.number < len(migrations()):
        message = f"{label} has schema version {version.number}, {len(migrations())} is needed."
        raise StorageError(f"{message} Run `threadkeep migrate`.")


async def read_version(connection: Connection) -> Version:
    """The version of the database."""
    ((exists,),) = await connection.fetch(_EXISTS)
    if not exists:
        return Version(0, 0)
    ((number, oldest_node),) = await connection.fetch(_VERSION)
    return Version(number, oldest_node)


def _migration(number: int, script: str) -> Migration:
    first_line = _OLDEST_NODE.match(script)
    if first_line is None:
        raise ValueError(f"Migration {number} does not say which is its oldest node.")
    return Migration(number, int(first_line[1]), script)


def _require_not_newer(version: Version, label: str) -> None:
    known = len(migrations())
    if version.oldest_node > known:
        message = (
            f"{label} has schema version {version.number}, this Threadkeep knows up to {known}."
        )
        raise StorageError(f"{message} Upgrade Threadkeep to open it.")


async def _apply(connection: Connection, migration: Migration, label: str) -> None:
    await connection.execute(f"begin; select pg_advisory_xact_lock({_LOCK})")
    try:
        if (await read_version(connection)).number < migration.number:
            await connection.execute(_APPLY.format(seconds=_LOCK_SECONDS, **migration._asdict()))
    except asyncpg.DuplicateTableError as error:
        await connection.execute("rollback")
        message = f"{label} has tables that Threadkeep did not make; its records are left alone."
        raise StorageError(message) from error
    except BaseException:
        await connection.execute("rollback")
        raise
    await connection.execute("commit")
