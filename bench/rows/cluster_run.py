"""Row 8: the runs of row 7 on PostgreSQL, NATS, a node for the API and two workers; CPU of nodes and database."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.chat_model import chat_model
from bench.measuring import ROUNDS, run
from bench.nodes import Nodes, running_nodes
from bench.processes import Server, cpu_of_all
from bench.rows.streamed_run import CALLERS, PACE, RUNS
from bench.streams import repeat, runs_at
from bench.table import Line


def cpu() -> Iterator[Line]:
    """Row 8."""
    with chat_model() as model, running_nodes(model.base_url) as nodes:
        rounds = run(_rounds(nodes))
    serving, keeping = (median(seconds) for seconds in zip(*rounds, strict=True))
    what = f"run of 20 tokens, streamed, {CALLERS} callers, cluster"
    yield Line(f"{what}, CPU of all nodes", serving * 1e3, "ms", ("≤", 8))
    yield Line(f"{what}, CPU of PostgreSQL", keeping * 1e3, "ms", ("≤", 3))


async def _rounds(nodes: Nodes) -> list[tuple[float, float]]:
    """CPU seconds for each run: of the nodes, and of the database."""
    target = await runs_at(Server(nodes.pids["API"], nodes.base_url), PACE)
    rounds: list[tuple[float, float]] = []
    for _ in range(ROUNDS + 1):
        serving, keeping = cpu_of_all([*nodes.pids.values()]), cpu_of_all(nodes.database_pids())
        await repeat(target, RUNS, CALLERS)
        serving = cpu_of_all([*nodes.pids.values()]) - serving
        keeping = cpu_of_all(nodes.database_pids()) - keeping
        rounds.append((serving / RUNS, keeping / RUNS))
    return rounds[1:]
