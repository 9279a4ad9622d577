"""Row 11: a thousand streams at once that want more than a core can pass on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Final

from bench.chat_model import chat_model
from bench.measuring import run
from bench.processes import Server, bare_relay, bare_run, new_folder, threadkeep_server
from bench.streams import MODEL, OURS, Watched, at, in_rounds, targets_at, watch
from bench.table import Line

_PACE: Final = "160x50"
_STREAMS: Final = 1000
_STARTS_PER_SECOND: Final = 400.0
_WINDOW_SECONDS: Final = 2.0
_BARE, _BARE_RUN = "a bare relay", "a bare run"


def saturated() -> Iterator[Line]:
    """Row 11."""
    with (
        new_folder() as folder,
        chat_model() as model,
        bare_relay(model.base_url) as bare,
        bare_run(model.base_url, folder / "bare.db") as runs,
        threadkeep_server(model.base_url, folder / "threadkeep.db") as server,
    ):
        yield from _lines(run(_in_turns(model, {_BARE: bare, _BARE_RUN: runs}, server)))


async def _in_turns(
    model: Server, others: Mapping[str, Server], ours: Server
) -> dict[str, list[Watched]]:
    targets = await targets_at(_PACE, model, others, ours)
    look = partial(watch, count=_STREAMS, per_second=_STARTS_PER_SECOND, window=_WINDOW_SECONDS)
    return await in_rounds(targets, look)


def _lines(rounds: Mapping[str, Sequence[Watched]]) -> Iterator[Line]:
    what = f"relay, {_STREAMS:,} streams"
    windows = [watched.window for watched in rounds[OURS]]
    wall = f"{median(w.total / w.seconds for w in windows):,.0f}/s by the clock, 20,000/s wanted"
    yield Line(
        f"{what}, events a second per core", _per_core(rounds[OURS]), "/s", ("≥", 15_000), wall
    )
    first, bare_run_first, bare, alone = (
        _last_first_token(rounds[name]) for name in (OURS, _BARE_RUN, _BARE, MODEL)
    )
    starts = f"{_STARTS_PER_SECOND:.0f} starts a second; a bare relay {bare:.0f} ms, the model alone {alone:.1f} ms"
    yield Line(f"{what}, first token, p99", first, "ms", ("≤", 50), starts)
    if first > 50:  # then what counts is how near it comes to the ceiling
        ceiling = f"a bare run, durable first: the ceiling, {bare_run_first:.0f} ms"
        yield Line(f"{what}, first token, p99", first / bare_run_first, "", ("≤", 1.3), ceiling)
    fewest = min(min(w.tokens) / median(w.tokens) for w in windows)
    told = "of the events of the median stream"
    yield Line(f"{what}, events of the stream with the fewest", fewest, "", ("≥", 0.5), told)
    for name in (_BARE, _BARE_RUN, MODEL):
        yield Line(f"ceiling of {name}, events a second per core", _per_core(rounds[name]), "/s")


def _per_core(taken: Sequence[Watched]) -> float:
    return median(watched.window.total / watched.window.cpu for watched in taken)


def _last_first_token(taken: Sequence[Watched]) -> float:
    """Milliseconds within which nearly every stream had begun."""
    return median(at(0.99, watched.first_tokens) for watched in taken) * 1e3
