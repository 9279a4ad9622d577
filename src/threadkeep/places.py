"""Where a node keeps and hears everything: the storage, the bytes of files and the bus that its settings name.

The only file that names a database, a folder or a bus. What an extra brings is imported when it is needed.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import unquote

from threadkeep.bus import Bus
from threadkeep.bus.in_process import InProcessBus
from threadkeep.errors import SettingsError, StorageError
from threadkeep.settings import Settings
from threadkeep.storage import Storage
from threadkeep.storage.files import FileContents
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.sqlite import SQLiteStorage

if TYPE_CHECKING:
    from threadkeep.storage.postgres import PostgresStorage

SQLITE = "sqlite:///"
IN_MEMORY = ":memory:"
FILE = "file://"
FILES = "-files"
"""What the folder of file contents has after the name of the database beside it."""

NodeRole: TypeAlias = Literal["all", "api", "worker"]
"""What a node does: answer requests, work on runs and files, or both."""

logger = logging.getLogger(__name__)


def is_shared(settings: Settings) -> bool:
    """Whether several nodes can use the database at once."""
    return not settings.database.startswith(SQLITE)


def database_file(settings: Settings) -> Path | None:
    """The SQLite file that the settings name; None if everything is kept in memory or in PostgreSQL."""
    name = settings.database.removeprefix(SQLITE)
    return None if is_shared(settings) or name == IN_MEMORY else Path(name)


def check_role(settings: Settings, role: NodeRole) -> None:
    """Raise `SettingsError` if a node cannot do only that; warn if others will hardly hear of it."""
    if role == "all":
        return
    if not is_shared(settings):
        raise SettingsError(
            "API and workers can be apart only on a database that several processes can use:"
            " set database to postgresql://…; with SQLite, `threadkeep serve` does it all in one"
        )
    if settings.bus is None:
        logger.warning(
            "There is no bus, so nodes hear of each other's runs by looking, and streams stay silent meanwhile;"
            " set bus to nats://…"
        )


async def opened_storage(settings: Settings, stack: AsyncExitStack) -> Storage:
    """The storage that the settings name; `stack` closes it. Raises `StorageError` or `SettingsError`."""
    storage = await opened_for_copy(settings, stack)
    if (unfinished := await storage.transfer.progress()) is not None:
        raise StorageError(
            f"{storage.label} holds a part of {unfinished.source};"
            " run the same `threadkeep copy` again to bring the rest"
        )
    return storage


async def opened_for_copy(settings: Settings, stack: AsyncExitStack) -> Storage:
    """The same, also if it holds a copy that was broken off."""
    storage = _storage(settings)
    await storage.open()
    stack.push_async_callback(storage.close)
    return storage


async def migrated(settings: Settings) -> tuple[int, int, str]:
    """Bring the schema of the database up to date; its version before and now, and where it is."""
    storage = _storage(settings)
    before, now = await storage.migrate()
    return before, now, storage.label


async def opened_contents(settings: Settings, stack: AsyncExitStack) -> FileContents:
    """Where the bytes of files are; `stack` closes it. A folder for what is kept in memory goes with `stack`."""
    contents = _contents(settings, stack)
    await contents.open()
    stack.push_async_callback(contents.close)
    return contents


async def started_bus(settings: Settings, stack: AsyncExitStack) -> Bus:
    """The bus that the settings name; `stack` stops it."""
    bus = _bus(settings)
    await bus.start()
    stack.push_async_callback(bus.stop)
    return bus


def _storage(settings: Settings) -> SQLiteStorage | PostgresStorage:
    if not is_shared(settings):
        path = database_file(settings) or IN_MEMORY
        return SQLiteStorage(
            path,
            auto_migrate=settings.auto_migrate,
            vector_bytes=settings.embedding.cache_megabytes * 1024 * 1024,
        )
    with _extra("postgres", "a PostgreSQL database"):
        from threadkeep.storage.postgres import PostgresStorage
    return PostgresStorage(
        settings.database,
        auto_migrate=settings.auto_migrate,
        patience_seconds=settings.patience_seconds,
    )


def _contents(settings: Settings, stack: AsyncExitStack) -> FileContents:
    if settings.files is not None:
        return LocalFolder(
            unquote(settings.files.removeprefix(FILE)), is_shared=is_shared(settings)
        )
    if is_shared(settings):
        with _extra("postgres", "a PostgreSQL database"):
            from threadkeep.storage.files.postgres import PostgresContents
        return PostgresContents(settings.database, patience_seconds=settings.patience_seconds)
    database = database_file(settings)
    if database is None:
        return LocalFolder(stack.enter_context(TemporaryDirectory(prefix="threadkeep-")))
    return LocalFolder(database.with_name(f"{database.name}{FILES}"))


def _bus(settings: Settings) -> Bus:
    if settings.bus is None:
        return InProcessBus()
    with _extra("nats", "a NATS bus"):
        from threadkeep.bus.nats import NatsBus
    try:
        return NatsBus(settings.bus, prefix=settings.bus_prefix)
    except ValueError as error:
        raise SettingsError(f"bus: {error}") from None


@contextmanager
def _extra(name: str, what: str) -> Generator[None]:
    """Import what an extra brings, or say which one is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "threadkeep":
            raise
        text = f"{what} needs the package {package}: pip install 'threadkeep[server,{name}]'"
        raise SettingsError(text) from None
