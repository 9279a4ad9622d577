"""Opens two databases and copies one into the other."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from msgspec.structs import replace

from threadkeep.cli.options import effective_settings
from threadkeep.cli.progress import shown_counts
from threadkeep.errors import SettingsError
from threadkeep.places import database_file, opened_contents, opened_for_copy
from threadkeep.settings import Settings
from threadkeep.storage.copying import Copied, OnProgress, Place, copy


def settings_of(settings_file: Path | None, database: str, files: str | None) -> Settings:
    """The settings of a server on this database, with the bytes of files in `files`, else in their usual place."""
    effective = effective_settings(settings_file, database=database, files=files)
    return replace(effective.settings, files=files, auto_migrate=True)


def copied(source: Settings, target: Settings) -> Copied:
    """Copy everything; what is in the copy. Raises `StorageError` or `SettingsError`."""
    file = database_file(source)
    if file is not None and not file.exists():
        raise SettingsError(f"there is no file {file} to copy from")
    with shown_counts() as show:
        return asyncio.run(_copied(source, target, show))


async def _copied(source: Settings, target: Settings, on_progress: OnProgress) -> Copied:
    async with AsyncExitStack() as stack:
        return await copy(await _opened(source, stack), await _opened(target, stack), on_progress)


async def _opened(settings: Settings, stack: AsyncExitStack) -> Place:
    storage = await opened_for_copy(settings, stack)
    return Place(storage, await opened_contents(settings, stack))
