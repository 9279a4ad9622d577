"""A lock on a file that dies with the process that holds it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from threadkeep.errors import StorageBusyError, StorageError

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_beside(path: Path) -> IO[bytes]:
    """Lock `{path}-lock` until the answer is closed. Raises `StorageBusyError` if it is locked already.

    The lock is not on the file itself, whose locks are SQLite's own. The side file stays: to remove it would race.
    """
    try:
        file = path.with_name(path.name + "-lock").open("ab")
    except OSError as error:
        raise StorageError(f"Cannot open {path}: {error.strerror}.") from error
    try:
        _try_lock(file)
    except OSError as error:
        file.close()
        raise StorageBusyError(f"{path} is in use by another process.") from error
    return file
