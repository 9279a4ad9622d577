"""Disks that can be full: a small file system where the machine lets a test mount one, and a limit on each file's size.

Where nothing may be mounted, the limit alone is tried: the system then refuses the same writes with another error.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, Protocol

_BALLAST: Final = "ballast"
_MOUNT: Final = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@"'


class Disk(Protocol):
    """What a server keeps its files on."""

    def within(self) -> Sequence[str]:
        """The command that puts the server on it."""
        ...

    def fill(self, pid: int) -> None:
        """Leave no room; `pid` is the server's."""
        ...

    def free(self, pid: int) -> None:
        """Give room again."""
        ...

    def names(self, pid: int) -> list[str]:
        """The files that were uploaded, and what was left of them."""
        ...


class SmallFileSystem:
    """A file system of 8 MB in memory, which only the server and its children see: it goes when they go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def within(self) -> Sequence[str]:
        return [*_unshare(), "sh", "-c", _MOUNT, str(self._folder)]

    def fill(self, pid: int) -> None:
        with self._ballast(pid).open("ab", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:
                    pass
            except OSError:  # that was the last block
                pass

    def free(self, pid: int) -> None:
        self._ballast(pid).unlink()

    def names(self, pid: int) -> list[str]:
        return _names(self._seen(pid))

    def _ballast(self, pid: int) -> Path:
        return self._seen(pid) / _BALLAST

    def _seen(self, pid: int) -> Path:
        """The folder as the server sees it."""
        return Path(f"/proc/{pid}/root{self._folder}")


class FileSizeLimit:
    """No file of the server's can be written at all, until the limit is lifted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def within(self) -> Sequence[str]:
        return ()

    def fill(self, pid: int) -> None:
        self._limit(pid, 4096)

    def free(self, pid: int) -> None:
        self._limit(pid, resource.RLIM_INFINITY)

    def names(self, pid: int) -> list[str]:
        return _names(self._folder)

    def _limit(self, pid: int, size: int) -> None:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(
            pid, resource.RLIMIT_FSIZE, (size if most == -1 else min(size, most), most)
        )


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*-files/*/*"))


@cache
def disks() -> dict[str, type[SmallFileSystem] | type[FileSizeLimit]]:
    """The kinds that can be had on this machine, by name."""
    limit = {"file size limit": FileSizeLimit}
    return {"small file system": SmallFileSystem, **limit} if _can_mount() else limit


def _unshare() -> list[str]:
    return ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]


def _can_mount() -> bool:
    command = [*_unshare(), "sh", "-c", _MOUNT, "/mnt", "true"]
    try:
        done = subprocess.run(command, check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0
