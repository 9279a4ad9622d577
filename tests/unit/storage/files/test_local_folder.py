"""A folder of file contents: what a crash leaves, what the system refuses, what the event loop notices."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from stat import S_ISDIR

import pytest

from threadkeep.errors import StorageError
from threadkeep.storage.files.local_folder import LocalFolder

HALF_WRITE = """
import asyncio, sys
from threadkeep.storage.files.local_folder import LocalFolder

async def parts():
    yield b"x" * 1_000_000
    print("begun", flush=True)
    await asyncio.sleep(60)

async def main():
    contents = LocalFolder(sys.argv[1])
    await contents.open()
    await contents.write("default", "file-1", parts(), limit=10_000_000)

asyncio.run(main())
"""


async def in_parts(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def kill_half_way(folder: Path) -> None:
    """A process that is killed while it writes."""
    with subprocess.Popen(
        [sys.executable, "-c", HALF_WRITE, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.kill()


async def test_what_a_killed_process_left_half_written_is_removed_at_open(tmp_path: Path):
    await asyncio.to_thread(kill_half_way, tmp_path)
    assert len(files_in(tmp_path)) == 1
    contents = LocalFolder(tmp_path)

    await contents.open()

    assert files_in(tmp_path) == []
    await contents.write("default", "file-1", in_parts(b"whole"), limit=10)
    assert [part async for part in contents.read("default", "file-1")] == [b"whole"]


async def test_opening_leaves_what_is_whole(tmp_path: Path):
    contents = LocalFolder(tmp_path)
    await contents.open()
    await contents.write("default", "file-1", in_parts(b"whole"), limit=10)

    await contents.open()

    assert await contents.names() == [("default", "file-1")]


async def test_bytes_and_names_are_brought_to_disk_in_that_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    contents = LocalFolder(tmp_path)
    await contents.open()
    calls: list[str] = []
    sync, rename = os.fsync, Path.replace

    def note_sync(descriptor: int) -> None:
        calls.append("folder" if S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def note_rename(path: Path, target: Path) -> Path:
        calls.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_rename)
    await contents.write("default", "file-1", in_parts(b"x"), limit=10)
    await contents.write("default", "file-2", in_parts(b"x"), limit=10)

    assert calls == ["folder", "file", "rename", "folder", "file", "rename", "folder"]


async def test_what_the_system_refuses_is_a_storage_error(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="could not be kept or read"):
        await LocalFolder(tmp_path / "file").open()

    contents = LocalFolder(tmp_path / "files")
    await contents.open()
    (tmp_path / "files" / "default").touch()
    with pytest.raises(StorageError, match="could not be kept or read"):
        await contents.write("default", "file-1", in_parts(b"x"), limit=10)


async def test_the_event_loop_goes_on_while_the_disk_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    contents = LocalFolder(tmp_path)
    await contents.open()
    loop = asyncio.get_running_loop()
    has_gone_on = asyncio.Event()

    def slow_sync(_: int) -> None:
        future = asyncio.run_coroutine_threadsafe(has_gone_on.wait(), loop)
        assert future.result(timeout=10)

    monkeypatch.setattr(os, "fsync", slow_sync)
    writing = asyncio.ensure_future(contents.write("default", "file-1", in_parts(b"x"), limit=10))
    await asyncio.sleep(0)
    has_gone_on.set()

    assert await writing == 1


async def test_a_writer_cancelled_while_the_disk_is_busy_is_cleaned_up_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    contents = LocalFolder(tmp_path)
    await contents.open()
    loop = asyncio.get_running_loop()
    is_syncing, may_go_on = asyncio.Event(), asyncio.Event()
    sync = os.fsync

    def held_up(descriptor: int) -> None:
        loop.call_soon_threadsafe(is_syncing.set)
        asyncio.run_coroutine_threadsafe(may_go_on.wait(), loop).result(timeout=10)
        sync(descriptor)

    (tmp_path / "default").mkdir()
    monkeypatch.setattr(os, "fsync", held_up)
    writing = asyncio.ensure_future(contents.write("default", "file-1", in_parts(b"x"), limit=10))
    await is_syncing.wait()
    writing.cancel()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert files_in(tmp_path) == []


@pytest.mark.parametrize("project", ["..", ".", "a/b", "../../etc", "a\\b", "Größe 日本"])
async def test_each_project_is_one_folder_whatever_its_name(tmp_path: Path, project: str):
    contents = LocalFolder(tmp_path / "files")
    await contents.open()

    await contents.write(project, "file-1", in_parts(b"one"), limit=10)

    (folder,) = (tmp_path / "files").iterdir()
    assert files_in(tmp_path) == [folder / "file-1"]
