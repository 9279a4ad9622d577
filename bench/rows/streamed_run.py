"""Row 7: streamed runs of 20 tokens on one process and SQLite, everything durable; CPU of the server."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final

from bench.chat_model import chat_model
from bench.measuring import ROUNDS, run
from bench.processes import Server, new_folder, threadkeep_server
from bench.streams import Window, repeat, runs_at
from bench.table import Line

PACE: Final = "20x0"
CALLERS: Final = 16
RUNS: Final = 320


def cpu() -> Iterator[Line]:
    """Row 7."""
    with (
        new_folder() as folder,
        chat_model() as model,
        threadkeep_server(model.base_url, folder / "threadkeep.db") as server,
    ):
        rounds = run(_rounds(server))
    seconds = median(window.cpu for window in rounds) / RUNS
    rate = RUNS / median(window.seconds for window in rounds)
    what = f"run of 20 tokens, streamed, {CALLERS} callers, SQLite"
    peer = "the quickest other server of the API takes 23 ms"
    yield Line(f"{what}, CPU", seconds * 1e3, "ms", ("≤", 3), peer)
    wall = f"{rate:,.0f}/s by the clock"
    yield Line(f"{what}, a second per core", 1 / seconds, "/s", ("≥", 300), wall)


async def _rounds(server: Server) -> list[Window]:
    target = await runs_at(server, PACE)
    rounds = [await repeat(target, RUNS, CALLERS) for _ in range(ROUNDS + 1)]
    return [watched.window for watched in rounds[1:]]
