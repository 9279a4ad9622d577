"""kill -9 of the embedded server in the middle of everything."""

from __future__ import annotations

import sqlite3

from tests.chaos.embedded import kill_again_and_again
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load

KILLS = 5


async def test_nothing_is_lost_or_done_twice_when_the_server_is_killed(embedded, caller, tmp_path):
    async with Load(caller) as load:
        await kill_again_and_again(embedded, load, KILLS, seed=1)
        ledger = await load.finish()
    await check_kept(ledger, caller)
    await embedded.stop()
    with sqlite3.connect(tmp_path / "threadkeep.db") as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
