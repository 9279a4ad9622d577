"""Ways to search, measured in turns."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from bench.measuring import own_cpu
from bench.search.corpus import Query

FOUND: Final = 10
_ROUNDS: Final = 4
_WARM: Final = 10
_BY_CHANCE: Final = 0.3
"""What is found by words is not meant to be near."""

Way: TypeAlias = Callable[[Query], Awaitable[Sequence[int]]]
"""What is found, as the numbers of the chunks, the best first."""


class Speed(NamedTuple):
    """Of one caller, in milliseconds: median and 99th percentile, of the time that passed and of the CPU's.

    `recall` is how many of those that are nearest indeed were found.
    """

    median: float
    late: float
    cpu: float
    late_cpu: float
    recall: float


async def measured(
    ways: Mapping[str, Way], queries: Sequence[Query], nearest: Sequence[set[int]]
) -> dict[str, Speed]:
    """How fast each is, over rounds in which all take their turn."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    right: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        for query in queries[:_WARM]:
            await way(query)
    for begin in range(_ROUNDS):
        for name, way in ways.items():
            for query, wanted in zip(queries[begin::_ROUNDS], nearest[begin::_ROUNDS], strict=True):
                started, cpu_before = time.perf_counter(), own_cpu()
                found = await way(query)
                seconds[name].append(time.perf_counter() - started)
                cpu[name].append(own_cpu() - cpu_before)
                right[name].append(len(wanted.intersection(found)) / len(wanted))
    speeds: dict[str, Speed] = {}
    for name in ways:
        cuts = [_cut(taken[name], share) for taken in (seconds, cpu) for share in (50, 99)]
        speeds[name] = Speed(*cuts, recall=float(np.mean(right[name])))
    return speeds


def _cut(seconds: list[float], share: int) -> float:
    return float(np.percentile(seconds, share)) * 1000


def show(title: str, speeds: Mapping[str, Speed]) -> None:
    """Print them as a table."""
    print(f"\n{title}\n{'':36}{'queries/s':>10}{'p50 ms':>9}{'p99 ms':>9}", end="")
    print(f"{'CPU p50':>9}{'CPU p99':>9}{'recall':>8}")
    for name, speed in speeds.items():
        recall = f"{speed.recall:.3f}" if speed.recall > _BY_CHANCE else ""
        print(
            f"  {name:34}{1000 / speed.median:10,.0f}{speed.median:9.2f}{speed.late:9.2f}", end=""
        )
        print(f"{speed.cpu:9.2f}{speed.late_cpu:9.2f}{recall:>8}", flush=True)


def own_memory() -> float:
    """Megabytes that this process holds now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
