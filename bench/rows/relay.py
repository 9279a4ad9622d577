"""Row 10: a hundred streams at 20 tokens a second each: CPU for an event, and the time that each token takes longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Final

from bench.chat_model import chat_model
from bench.measuring import run
from bench.processes import (
    Server,
    bare_relay,
    bare_run,
    new_folder,
    peer_server,
    threadkeep_server,
)
from bench.streams import Watched, added, directly, in_rounds, runs_at, runs_of, watch
from bench.table import Line

_PACE: Final = "120x50"
_STREAMS: Final = 100
_STARTS_PER_SECOND: Final = 97.0
"""No multiple of the pace, so that the tokens of different streams come spread evenly and not at the same moments."""
_WINDOW_SECONDS: Final = 2.0
_MODEL, _PEER, _OURS = "the model alone", "FastAPI", "threadkeep"
_BARE, _BARE_RUN = "bare relay", "bare run"


def steady() -> Iterator[Line]:
    """Row 10."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        model = stack.enter_context(chat_model())
        peer = stack.enter_context(peer_server("relay", {"BENCH_UPSTREAM": model.base_url}))
        bare = stack.enter_context(bare_relay(model.base_url))
        server = threadkeep_server(model.base_url, folder / "threadkeep.db")
        ours = stack.enter_context(server)
        runs = stack.enter_context(bare_run(model.base_url, folder / "bare.db"))
        yield from _lines(run(_in_turns(model, {_PEER: peer, _BARE: bare, _BARE_RUN: runs}, ours)))


async def _in_turns(
    model: Server, others: Mapping[str, Server], ours: Server
) -> dict[str, list[Watched]]:
    targets = {
        _MODEL: directly(model, _PACE),
        **{name: runs_of(server, _PACE) for name, server in others.items()},
        _OURS: await runs_at(ours, _PACE),
    }
    look = partial(watch, count=_STREAMS, per_second=_STARTS_PER_SECOND, window=_WINDOW_SECONDS)
    return await in_rounds(targets, look)


def _lines(rounds: Mapping[str, Sequence[Watched]]) -> Iterator[Line]:
    cpu = {name: _cpu_of_event(taken) for name, taken in rounds.items()}
    delays = {name: [watched.delays for watched in taken] for name, taken in rounds.items()}
    what = f"relay, {_STREAMS} streams at 20 tokens/s"
    alone = f"writing alone costs the model {cpu[_MODEL]:.0f} µs, a bare relay {cpu[_BARE]:.0f} µs"
    yield Line(f"{what}, CPU of an event", cpu[_OURS], "µs", ("≤", 110), alone)
    peer = f"FastAPI + sse-starlette + official SDK {cpu[_PEER]:.0f} µs"
    yield Line(f"{what}, CPU of an event", cpu[_OURS] / cpu[_PEER], "", ("≤", 0.25), peer)
    if cpu[_OURS] > cpu[_PEER] / 4:  # then what counts is how near it comes to the ceiling
        ceiling = f"a bare run: the ceiling, {cpu[_BARE_RUN]:.0f} µs"
        yield Line(f"{what}, CPU of an event", cpu[_OURS] / cpu[_BARE_RUN], "", ("≤", 1.3), ceiling)
    for share, goal in ((0.5, 0.3), (0.99, 3)):
        theirs, bare = (added(delays[name], delays[_MODEL], share) for name in (_PEER, _BARE))
        beside = f"FastAPI adds {theirs:.2f} ms, a bare relay {bare:.2f} ms"
        later = added(delays[_OURS], delays[_MODEL], share)
        yield Line(
            f"{what}, added to a token, p{share * 100:.0f}", later, "ms", ("≤", goal), beside
        )
        if share == 0.5 and later > goal:
            ratio = f"{what}, added to a token, p{share * 100:.0f}"
            yield Line(ratio, later / bare, "", ("≤", 1.3), "bare relay: the ceiling")


def _cpu_of_event(taken: Sequence[Watched]) -> float:
    return median(watched.window.cpu / watched.window.total for watched in taken) * 1e6
