"""File contents in a folder: one folder for each project, one file for each id."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from functools import partial
from pathlib import Path
from typing import IO, Final, TypeVar
from urllib.parse import quote, unquote

from threadkeep.errors import MissingError, RequestTooLargeError, StorageError
from threadkeep.storage.files.file_id import require_id
from threadkeep.types.clock import SystemClock

T = TypeVar("T")

_UNFINISHED: Final = ".part"
_ABANDONED_SECONDS: Final = (
    24 * 60 * 60
)  # in a shared folder, what another process may still be writing is left
_PART_BYTES: Final = 256 * 1024  # large enough that going to another thread costs little


class LocalFolder:
    """Keeps each content in a file, which has another name until all of it is on disk.

    Several processes, also on several machines, can use a folder that `is_shared`.
    """

    def __init__(self, folder: str | Path, *, is_shared: bool = False) -> None:
        self._folder = Path(folder).resolve()
        self._is_shared = is_shared

    async def open(self) -> None:
        """Make the folder if there is none, and remove what a crash left half written."""
        await _in_thread(self._open)

    async def close(self) -> None:
        """There is nothing to let go of."""

    async def write(
        self, project: str, file_id: str, parts: AsyncIterable[bytes], *, limit: int
    ) -> int:
        """Keep all that `parts` gives; how many bytes it was. Once this returns, they are on disk."""
        path = self._path(project, file_id)
        unfinished = path.with_name(f"{file_id}.{secrets.token_hex(8)}{_UNFINISHED}")
        try:
            size = await _write(unfinished, parts, limit)
            await _in_thread(partial(_rename, unfinished, path))
        except BaseException:
            await _in_thread(partial(unfinished.unlink, missing_ok=True))
            raise
        return size

    async def read(self, project: str, file_id: str) -> AsyncGenerator[bytes, None]:
        """The bytes in parts. Raises `MissingError` if there are none, before the first part."""
        file = await _in_thread(partial(_open_to_read, self._path(project, file_id)), _close)
        if file is None:
            raise MissingError("file", file_id)
        with file:
            while part := await _in_thread(partial(file.read, _PART_BYTES)):
                yield part

    async def delete(self, project: str, file_id: str) -> bool:
        """Remove the bytes; False if there were none."""
        return await _in_thread(partial(_delete, self._path(project, file_id)))

    async def names(self) -> list[tuple[str, str]]:
        """Project and id of everything that is kept."""
        paths = await _in_thread(lambda: list(self._folder.glob("*/*")))
        return [
            (unquote(path.parent.name), path.name) for path in paths if path.suffix != _UNFINISHED
        ]

    async def sweep(self, limit: int) -> int:  # noqa: ARG002 - it is of the contract
        """There is nothing to do: what is deleted is gone at once."""
        return 0

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for unfinished in self._folder.glob(f"*/*{_UNFINISHED}"):
            if not self._is_shared or _is_abandoned(unfinished):
                unfinished.unlink(missing_ok=True)

    def _path(self, project: str, file_id: str) -> Path:
        """Where the bytes are. Nothing that a name can hold leads out of the folder."""
        require_id(file_id)
        return self._folder / quote(project, safe="").replace(".", "%2E") / file_id


async def _write(path: Path, parts: AsyncIterable[bytes], limit: int) -> int:
    """Write a new file; how many bytes it was, once they are on disk."""
    file = await _in_thread(partial(_create, path), _close)
    try:
        size = 0
        waiting = bytearray()
        async for part in parts:
            size += len(part)
            if size > limit:
                raise RequestTooLargeError(limit)
            waiting += part
            if len(waiting) >= _PART_BYTES:
                await _in_thread(partial(file.write, waiting))
                waiting = bytearray()
        await _in_thread(partial(_finish, file, waiting))
    finally:
        await _in_thread(file.close)
    return size


def _is_abandoned(unfinished: Path) -> bool:
    try:
        written_at = unfinished.stat().st_mtime
    except FileNotFoundError:
        return False
    return SystemClock().now() - written_at > _ABANDONED_SECONDS


def _create(path: Path) -> IO[bytes]:
    folder = path.parent
    if not folder.exists():
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)
    return path.open("xb")


def _finish(file: IO[bytes], rest: bytearray) -> None:
    file.write(rest)
    file.flush()
    os.fsync(file.fileno())


def _rename(unfinished: Path, path: Path) -> None:
    unfinished.replace(path)
    _sync_folder(path.parent)


def _open_to_read(path: Path) -> IO[bytes] | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    """Bring names to disk. On Windows a folder cannot be opened, and a rename is on disk once it is done."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _close(file: IO[bytes] | None) -> None:
    if file is not None:
        file.close()


async def _in_thread(do: Callable[[], T], discard: Callable[[T], None] | None = None) -> T:
    """What `do` gives, done off the event loop. It is waited for even if the caller is cancelled.

    So what comes after it never meets it at work; what it gave to nobody is for `discard`. What the system refuses is a
    `StorageError`.
    """
    done = asyncio.ensure_future(asyncio.to_thread(do))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        if discard is not None and done.exception() is None:
            discard(done.result())
        raise
    except OSError as error:
        raise StorageError(f"A file could not be kept or read: {error}.") from error
