"""What was acknowledged is there after kill -9, at whatever moment it comes."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.records import PROJECT
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.page import PageQuery

KILLS = 20
SCRIPT = Path(__file__).with_name("keep_until_killed.py")
ROOT = Path(__file__).parents[4]


def acknowledged_before_a_kill(path: Path, moment: int) -> list[str]:
    """The ids that a process printed; it was killed once it had printed `moment` of them."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(path)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(moment)]
        process.kill()
        rest = process.stdout.readlines()
    return [line.strip() for line in (*first, *rest) if line.endswith("\n")]


@pytest.mark.timeout(180)
async def test_no_acknowledged_thread_is_lost_and_none_is_half_there(tmp_path: Path):
    path = tmp_path / "records.db"
    seed = random.randrange(2**32)
    moments = random.Random(seed)
    acknowledged: list[str] = []
    for _ in range(KILLS):
        acknowledged += acknowledged_before_a_kill(path, moments.randint(1, 200))

    storage = SQLiteStorage(path)
    await storage.open()
    for thread_id in acknowledged:
        page = await storage.messages.page(PROJECT, thread_id, PageQuery())
        assert len(page.items) == 3, f"{thread_id} (seed {seed})"
    await storage.close()
    with sqlite3.connect(path) as connection:
        (threads, messages) = connection.execute(
            "select (select count(*) from threads), (select count(*) from messages)"
        ).fetchone()
        assert messages == 3 * threads
        assert threads >= len(acknowledged) >= KILLS
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        assert connection.execute("pragma foreign_key_check").fetchall() == []
    connection.close()
