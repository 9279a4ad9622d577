"""Copies everything from one storage into another, which is empty or holds the beginning of the same copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from threadkeep.errors import StorageError
from threadkeep.storage import Storage
from threadkeep.storage.contract.transfer import TABLES, CopyProgress, PortableTable, Transfer
from threadkeep.storage.files import FileContents

OnProgress: TypeAlias = Callable[[str, int, int], None]
"""Is told what is copied, how much of it is there, and how much there is in all."""

FILES: Final = "file contents"
_PAGE: Final = 500
_LARGEST_FILE: Final = 2**62


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the copy, counted there: rows by table, files that have bytes, and files whose bytes are nowhere."""

    rows: dict[str, int]
    contents: int
    lost: list[str]


class Place(msgspec.Struct, frozen=True):
    """A storage and the bytes of its files."""

    storage: Storage
    contents: FileContents


async def copy(source: Place, target: Place, on_progress: OnProgress) -> Copied:
    """Copy all records, with id, order and revision, and the bytes of all files.

    May be broken off at any moment, and begun again. Raises `StorageError` if the target has other records, if somebody
    works on the source, or if in the end something is missing.
    """
    await _require_rest(source.storage)
    progress = await target.storage.transfer.begin(source.storage.label)
    expected = await source.storage.transfer.counts()
    for table in TABLES:
        total = expected[table.name]
        step = _Step(source.storage.transfer, target.storage.transfer, table, on_progress, total)
        progress = await step.copy(progress)
    contents, lost = await _copy_contents(source, target, on_progress)
    found = await target.storage.transfer.counts()
    _require_same(expected, found)
    await target.storage.transfer.end()
    return Copied(rows=found, contents=contents, lost=lost)


async def _require_rest(storage: Storage) -> None:
    """What changes while it is read cannot be copied."""
    alive = [lease for lease in await storage.overview.leases() if lease.seconds_left > 0]
    if alive:
        message = f"{len(alive)} workers are at work on {storage.label}; stop all nodes before."
        raise StorageError(message)
    if await storage.transfer.progress() is not None:
        raise StorageError(f"{storage.label} is itself a copy that was not brought to its end.")


class _Step:
    """One table."""

    def __init__(
        self,
        source: Transfer,
        target: Transfer,
        table: PortableTable,
        on_progress: OnProgress,
        total: int,
    ) -> None:
        self._source = source
        self._target = target
        self._table = table
        self._on_progress = on_progress
        self._total = total

    async def copy(self, progress: CopyProgress) -> CopyProgress:
        """Copy what is not there yet, page by page; how far the whole copy has come then."""
        count, name = 0, self._table.name
        while name not in progress.done:
            dump = await self._source.dump(self._table, progress.cursors.get(name), _PAGE)
            if dump.cursor is None:
                progress = replace(progress, done=[*progress.done, name])
            else:
                progress = replace(progress, cursors={**progress.cursors, name: dump.cursor})
            await self._target.load(self._table, dump.rows, progress)
            count += len(dump.rows)
            self._on_progress(name, count, self._total)
        return progress


async def _copy_contents(
    source: Place, target: Place, on_progress: OnProgress
) -> tuple[int, list[str]]:
    """Copy the bytes of all files; how many there are in the copy, and the files whose bytes are nowhere."""
    known = await _files(target.storage)
    there = set(await target.contents.names())
    kept = set(await source.contents.names())
    lost = [file_id for project, file_id in known if (project, file_id) not in kept | there]
    wanted = [name for name in known if name in kept]
    for count, name in enumerate(wanted, start=1):
        if name not in there:
            await _copy_content(source.contents, target.contents, *name)
        on_progress(FILES, count, len(wanted))
    return len(set(await target.contents.names()) & set(known)), lost


async def _files(storage: Storage) -> list[tuple[str, str]]:
    """Project and id of every file."""
    table = next(table for table in TABLES if table.name == "files")
    project, id_ = table.columns.index("project"), table.columns.index("id")
    names: list[tuple[str, str]] = []
    cursor, is_last = None, False
    while not is_last:
        dump = await storage.transfer.dump(table, cursor, _PAGE)
        names += [(row[project], row[id_]) for row in dump.rows]
        cursor, is_last = dump.cursor, dump.cursor is None
    return names


async def _copy_content(
    source: FileContents, target: FileContents, project: str, file_id: str
) -> None:
    async with aclosing(source.read(project, file_id)) as parts:
        await target.write(project, file_id, parts, limit=_LARGEST_FILE)


def _require_same(expected: dict[str, int], found: dict[str, int]) -> None:
    differing: Sequence[str] = [
        f"{found[name]} of {count} {name}"
        for name, count in expected.items()
        if found[name] != count
    ]
    if differing:
        raise StorageError(
            f"The copy has {', '.join(differing)}; the source was changed meanwhile."
        )
