"""Rounds, figures and tables.

What is compared runs in turns, so that a busy machine is busy for all of it; each figure is the median of its rounds.
Trust the ratios, not the absolute figures.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from statistics import median
from typing import Any, NamedTuple, TypeAlias, TypeVar

from threadkeep.server.event_loop import loop_factory

ROUNDS = 5

T = TypeVar("T")
Call: TypeAlias = Callable[[], Awaitable[object]]
BlockingCall: TypeAlias = Callable[[], object]


class Figure(NamedTuple):
    """What one call took, in seconds."""

    wall: float
    cpu: float


def own_cpu() -> float:
    """CPU seconds of this process so far, all its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(measuring: Coroutine[Any, Any, T]) -> T:
    """What it measured, on the event loop that the server uses."""
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(measuring)


async def measure(
    call: Call, count: int, callers: int, cpu: Callable[[], float] = own_cpu
) -> Figure:
    """Call it `count` times by `callers` at once; `cpu` tells whose time is counted."""

    async def some() -> None:
        for _ in range(count // callers):
            await call()

    wall, before = time.perf_counter(), cpu()
    await asyncio.gather(*(some() for _ in range(callers)))
    return Figure((time.perf_counter() - wall) / count, (cpu() - before) / count)


def measure_blocking(call: BlockingCall, count: int) -> Figure:
    """Call it `count` times."""
    wall, before = time.perf_counter(), own_cpu()
    for _ in range(count):
        call()
    return Figure((time.perf_counter() - wall) / count, (own_cpu() - before) / count)


async def in_turns(calls: Mapping[str, Call], count: int, callers: int) -> dict[str, Figure]:
    """The medians of each, over rounds in which all take their turn; a first round is not counted."""
    rounds: dict[str, list[Figure]] = {name: [] for name in calls}
    for number in range(ROUNDS + 1):
        for name, call in calls.items():
            figure = await measure(call, count, callers)
            if number:
                rounds[name].append(figure)
    return {name: middle(figures) for name, figures in rounds.items()}


def blocking_in_turns(calls: Mapping[str, BlockingCall], count: int) -> dict[str, Figure]:
    """The same for calls that block."""
    rounds: dict[str, list[Figure]] = {name: [] for name in calls}
    for number in range(ROUNDS + 1):
        for name, call in calls.items():
            figure = measure_blocking(call, count)
            if number:
                rounds[name].append(figure)
    return {name: middle(figures) for name, figures in rounds.items()}


def middle(figures: list[Figure]) -> Figure:
    """The median of each."""
    return Figure(median(f.wall for f in figures), median(f.cpu for f in figures))


def show(title: str, figures: Mapping[str, Figure]) -> None:
    """Print the figures; the first is the one that the others are compared with."""
    floor = next(iter(figures.values()))
    print(f"\n{title}\n{'':36}{'per second':>12}{'CPU µs':>10}{'CPU ratio':>11}")
    for name, figure in figures.items():
        ratio = f"{figure.cpu / floor.cpu:.3f}"
        print(f"  {name:34}{1 / figure.wall:12,.0f}{figure.cpu * 1e6:10.1f}{ratio:>11}", flush=True)
