"""kill -9 of the embedded server in the middle of everything."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from tests.chaos.embedded import kill_again_and_again
from tests.chaos.file_load import FileLoad, check_files_kept
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load

KILLS = 5


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
    async with asyncio.timeout(30):  # what nobody knows of is cleaned up by and by
        while sorted(f.name for f in folder.iterdir()) != sorted(f["id"] for f in listed):
            await asyncio.sleep(0.1)
