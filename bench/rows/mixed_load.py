"""Row 14: minutes of mixed load, streams, polls, function calls and cancels: memory, database, and how all runs end.

The clients are those of the fault tests: what was acknowledged to them is compared in the end with what is kept.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from bench.measuring import run
from bench.processes import Server, memory_of, new_folder, threadkeep_server
from bench.table import Line
from tests.chaos.caller import Caller
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load
from tests.chaos.script import Script
from tests.support.scripted_model import ScriptedModel

_CLIENTS: Final = 12
_RECORDS: Final = ("threads", "messages", "runs", "run_steps")


class State(NamedTuple):
    """Bytes of memory, bytes of the database, bytes of the records in it."""

    memory: int
    database: int
    records: int


def hold(minutes: float = 3.0) -> Iterator[Line]:
    """Row 14. What is told of a run is remembered for a minute, so memory is compared from then on."""
    with new_folder() as folder, ScriptedModel() as model:
        model.answer(Script())
        database = folder / "threadkeep.db"
        with threadkeep_server(model.base_url, database) as server:
            middle, end, runs = run(_held(server, database, minutes * 60))
    what = f"mixed load, {minutes:.0f} minutes"
    ended = f"{runs:,} runs, each in a terminal state, all that was acknowledged kept"
    growth = end.memory / middle.memory
    yield Line(f"{what}, memory at the end against half-time", growth, "", ("≤", 1.05), ended)
    per_byte = (end.database / end.records) / (middle.database / middle.records)
    size = f"{end.database / 1e6:.1f} MB, {end.records / 1e6:.1f} MB of it records"
    told = f"{what}, database per byte of records, the same"
    yield Line(told, per_byte, "", ("≤", 1.05), size)


async def _held(server: Server, database: Path, seconds: float) -> tuple[State, State, int]:
    caller = Caller([server.base_url], patience_seconds=60)
    try:
        async with Load(caller, count=_CLIENTS) as load:
            await asyncio.sleep(seconds / 2)
            middle = _state(server, database)
            await asyncio.sleep(seconds / 2)
            end = _state(server, database)
            await load.finish(seconds=60)
        await check_kept(load.ledger, caller)
        return middle, end, load.ended
    finally:
        await caller.close()


def _state(server: Server, database: Path) -> State:
    """The write-ahead log is part of the database; it is written back into the file now and then."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        records = sum(_size(connection, table) for table in _RECORDS)
        (pages,) = connection.execute("pragma page_count").fetchone()
        (size,) = connection.execute("pragma page_size").fetchone()
    finally:
        connection.close()
    return State(memory_of(server.pid), pages * size, records)


def _size(connection: sqlite3.Connection, table: str) -> int:
    (size,) = connection.execute(f"select coalesce(sum(length(body)), 0) from {table}").fetchone()
    return size
