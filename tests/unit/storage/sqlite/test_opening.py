"""Opening a file: whose it is, who has it, and what it takes to bring it up to date."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.records import PROJECT, keep_thread, new_thread
from threadkeep.errors import StorageBusyError, StorageError
from threadkeep.storage.sqlite import SQLiteStorage, migration
from threadkeep.storage.sqlite.query import load_query
from threadkeep.types.codec import encode

HOLD = """
import asyncio, sys
from threadkeep.storage.sqlite import SQLiteStorage

async def hold():
    storage = SQLiteStorage(sys.argv[1])
    await storage.open()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await storage.close()

asyncio.run(hold())
"""


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the file open."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process


async def open_and_close(path: Path | str) -> None:
    storage = SQLiteStorage(path)
    await storage.open()
    await storage.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


@pytest.fixture
def text_file(path: Path) -> Path:
    """Where a database should be, something else."""
    path.write_text("This is not a database, but a text that is long enough to be taken for one.")
    return path


@pytest.fixture
def empty_file(path: Path) -> Path:
    path.touch()
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_a_file_is_open_once(path: Path):
    with held_elsewhere(path) as process:
        with pytest.raises(StorageBusyError, match=f"{path} is in use by another process"):
            await open_and_close(path)
        process.communicate()

    await open_and_close(path)


async def test_a_process_that_was_killed_holds_nothing(path: Path):
    with held_elsewhere(path) as process:
        process.kill()
        process.communicate()

    await open_and_close(path)


async def test_a_file_is_open_once_within_a_process_too_whatever_it_is_called(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
):
    storage = SQLiteStorage(path)
    await storage.open()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other name.db").symlink_to(path)

    for name in (path, "records.db", "./records.db", tmp_path / "other name.db"):
        with pytest.raises(StorageBusyError):
            await open_and_close(name)

    await storage.close()


async def test_what_is_no_database_is_named_and_not_held(text_file: Path):
    for _ in range(2):
        with pytest.raises(StorageError, match=r"records\.db.*not a database"):
            await open_and_close(text_file)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(StorageError, match=r"absent/records\.db: No such file or directory"):
        await open_and_close(tmp_path / "absent" / "records.db")


async def test_the_database_of_another_program_is_left_alone(path: Path):
    with sqlite3.connect(path) as connection:
        connection.execute("create table accounts (id)")
    connection.close()

    with pytest.raises(StorageError, match="was not made by Threadkeep"):
        await open_and_close(path)

    with sqlite3.connect(path) as connection:
        assert connection.execute("select name from sqlite_schema").fetchall() == [("accounts",)]
    connection.close()


async def test_an_empty_file_is_taken(empty_file: Path):
    await open_and_close(empty_file)


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path):
    await open_and_close(path)
    connection = sqlite3.connect(path)
    connection.execute("pragma user_version = 99")
    connection.close()
    before = content(path)

    known = len(migration.migrations())
    with pytest.raises(
        StorageError, match=f"schema version 99, this Threadkeep knows up to {known}"
    ):
        await open_and_close(path)

    assert content(path) == before


async def test_an_older_file_is_brought_up_to_date_with_its_records(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    storage = SQLiteStorage(path)
    await storage.open()
    thread = await keep_thread(storage)
    await storage.close()
    later = (*migration.migrations(), "create table notes (id text primary key);")
    monkeypatch.setattr(migration, "migrations", lambda: later)

    await open_and_close(path)
    await open_and_close(path)

    connection = sqlite3.connect(path)
    assert connection.execute("pragma user_version").fetchone() == (len(later),)
    assert connection.execute("select * from notes").fetchall() == []
    assert connection.execute("select id from threads").fetchall() == [(thread.id,)]
    connection.close()


@pytest.mark.parametrize("version", range(1, len(migration.migrations())))
async def test_a_file_of_each_earlier_version_can_be_used(
    path: Path, monkeypatch: pytest.MonkeyPatch, version: int
):
    earlier = migration.migrations()[:version]
    with monkeypatch.context() as patch:
        patch.setattr(migration, "migrations", lambda: earlier)
        connection = sqlite3.connect(path, isolation_level=None)
        migration.migrate(connection, "")
    thread = new_thread()
    row = {"project": PROJECT, "id": thread.id, "body": encode(thread)}
    connection.execute(load_query("threads/insert").sql, row)
    connection.close()

    storage = SQLiteStorage(path)
    await storage.open()
    record = await storage.threads.find(PROJECT, thread.id)
    await storage.close()

    assert record is not None
    assert record.value == thread


async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    storage = SQLiteStorage(path)
    await storage.open()
    thread = await keep_thread(storage)
    await storage.close()
    broken = "create table notes (id text); delete from threads; insert into absent values (1);"
    with monkeypatch.context() as patch:
        later = (*migration.migrations(), broken)
        patch.setattr(migration, "migrations", lambda: later)
        with pytest.raises(StorageError, match="no such table: absent"):
            await open_and_close(path)

    storage = SQLiteStorage(path)
    await storage.open()
    assert await storage.threads.find(PROJECT, thread.id) is not None
    await storage.close()
    connection = sqlite3.connect(path)
    assert connection.execute("pragma user_version").fetchone() == (len(later) - 1,)
    assert connection.execute("select * from sqlite_schema where name = 'notes'").fetchall() == []
    connection.close()


async def test_what_was_acknowledged_survives_the_loss_of_all_but_the_files(
    tmp_path: Path, path: Path
):
    """The files as a power cut would leave them, copied while the storage is open."""
    storage = SQLiteStorage(path)
    await storage.open()
    threads = [new_thread() for _ in range(50)]
    for thread in threads:
        await storage.threads.insert(PROJECT, thread)
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("records.db", "records.db-wal"):
        shutil.copy(tmp_path / name, copy / name)
    await storage.close()

    recovered = SQLiteStorage(copy / "records.db")
    await recovered.open()
    for thread in threads:
        assert await recovered.threads.find(PROJECT, thread.id) is not None
    await recovered.close()


async def test_a_clean_end_leaves_one_file_with_everything(tmp_path: Path, path: Path):
    storage = SQLiteStorage(path)
    await storage.open()
    await keep_thread(storage)
    await storage.close()

    assert names_in(tmp_path) == ["records.db", "records.db-lock"]


async def test_commits_go_to_disk(path: Path):
    storage = SQLiteStorage(path)
    await storage.open()
    pragmas = {}
    for name in ("synchronous", "journal_mode", "foreign_keys"):
        rows = await storage._database.write(
            lambda session, name=name: session.connection.execute(f"pragma {name}").fetchone()
        )
        pragmas[name] = rows[0]
    await storage.close()

    assert pragmas == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}


def test_a_storage_says_where_it_is(path: Path):
    assert SQLiteStorage(path).label == f"SQLite file {path}"
    assert SQLiteStorage(":memory:").label == "SQLite in memory"


async def test_what_is_in_memory_belongs_to_one_storage():
    first, second = SQLiteStorage(":memory:"), SQLiteStorage(":memory:")
    await first.open()
    await second.open()
    thread = await keep_thread(first)

    assert await second.threads.find(PROJECT, thread.id) is None

    await first.close()
    await second.close()


async def test_a_python_with_too_old_a_sqlite_is_told_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 26, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.26.0")

    with pytest.raises(StorageError, match=r"SQLite 3\.33\.0 or newer.*brings 3\.26\.0"):
        await open_and_close(path)
