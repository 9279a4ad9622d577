"""kill -9 of the embedded server in the middle of everything."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.chaos.embedded import kill_again_and_again
from tests.chaos.file_load import FileLoad, check_files_kept
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load
from tests.chaos.waiting import wait_until

KILLS = 4


@pytest.fixture(autouse=True)
async def sound_database(embedded, tmp_path):
    """However a test ends, its database is whole."""
    yield
    await embedded.stop()
    with closing(sqlite3.connect(tmp_path / "threadkeep.db")) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]


async def test_nothing_is_lost_or_done_twice_when_the_server_is_killed(embedded, caller):
    async with Load(caller) as load:
        await kill_again_and_again(embedded, load, KILLS, seed=1)
        await load.finish()
    await check_kept(load.ledger, caller)


async def test_files_are_kept_and_read_once_when_the_server_is_killed(embedded, caller, tmp_path):
    async with FileLoad(caller) as load:
        await kill_again_and_again(embedded, load, KILLS, seed=2)
        await load.finish()
    await check_files_kept(load, caller)

    listed = (await caller.ok("GET", "/files?limit=10000"))["data"]
    folder = tmp_path / "threadkeep.db-files" / "default"
    known = sorted(file["id"] for file in listed)
    await wait_until(lambda: sorted(path.name for path in folder.iterdir()) == known)
