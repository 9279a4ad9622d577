"""Row 10: a hundred streams at 20 tokens a second each: CPU for an event, and the time that each token takes longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from bench.chat_model import chat_model
from bench.measuring import ROUNDS, run
from bench.processes import (
    Server,
    bare_relay,
    bare_run,
    new_folder,
    peer_server,
    threadkeep_server,
)
from bench.streams import MODEL, OURS, Watched, added, targets_at, watch
from bench.table import Line

_PACE, _WARM_UP_PACE = "120x50", "20x50"
_STREAMS: Final = 100
_STARTS_PER_SECOND: Final = 97.0
"""No multiple of the pace, so that the tokens of different streams come spread evenly and not at the same moments."""
_WINDOW_SECONDS: Final = 4.0
_PEER, _BARE, _BARE_RUN = "FastAPI", "bare relay", "bare run"


def steady() -> Iterator[Line]:
    """Row 10."""
    with new_folder() as folder, chat_model() as model:
        rounds = [_round(model, folder / str(number)) for number in range(ROUNDS)]
    yield from _lines({name: [seen[name] for seen in rounds] for name in rounds[0]})


def _round(model: Server, folder: Path) -> dict[str, Watched]:
    """Each in turn, in a process that has just begun: what an event costs differs from one to the next."""
    folder.mkdir()
    with ExitStack() as stack:
        others = {
            _PEER: stack.enter_context(peer_server("relay", {"BENCH_UPSTREAM": model.base_url})),
            _BARE: stack.enter_context(bare_relay(model.base_url)),
            _BARE_RUN: stack.enter_context(bare_run(model.base_url, folder / "bare.db")),
        }
        ours = threadkeep_server(model.base_url, folder / "threadkeep.db")
        return run(_in_turns(model, others, stack.enter_context(ours)))


async def _in_turns(
    model: Server, others: Mapping[str, Server], ours: Server
) -> dict[str, Watched]:
    short = await targets_at(_WARM_UP_PACE, model, others, ours)
    targets = await targets_at(_PACE, model, others, ours)
    seen: dict[str, Watched] = {}
    for name, target in targets.items():
        await watch(short[name], _STREAMS, per_second=_STARTS_PER_SECOND)
        seen[name] = await watch(
            target, _STREAMS, per_second=_STARTS_PER_SECOND, window=_WINDOW_SECONDS
        )
    return seen


def _lines(rounds: Mapping[str, Sequence[Watched]]) -> Iterator[Line]:
    all_cpu = {name: [_cpu_of_event(each) for each in taken] for name, taken in rounds.items()}
    cpu = {name: median(each) for name, each in all_cpu.items()}
    to_peer, to_bare = (
        median(ours / other for ours, other in zip(all_cpu[OURS], all_cpu[name], strict=True))
        for name in (_PEER, _BARE_RUN)
    )
    delays = {name: [watched.delays for watched in taken] for name, taken in rounds.items()}
    what = f"relay, {_STREAMS} streams at 20 tokens/s"
    alone = f"writing alone costs the model {cpu[MODEL]:.0f} µs, a bare relay {cpu[_BARE]:.0f} µs"
    yield Line(f"{what}, CPU of an event", cpu[OURS], "µs", ("≤", 110), alone)
    peer = f"FastAPI + sse-starlette + official SDK {cpu[_PEER]:.0f} µs"
    yield Line(f"{what}, CPU of an event", to_peer, "", ("≤", 0.25), peer)
    if to_peer > 0.25:  # then what counts is how near it comes to the ceiling
        ceiling = f"a bare run: the ceiling, {cpu[_BARE_RUN]:.0f} µs"
        yield Line(f"{what}, CPU of an event", to_bare, "", ("≤", 1.3), ceiling)
    for share, goal in ((0.5, 0.3), (0.99, 3)):
        theirs, bare = (added(delays[name], delays[MODEL], share) for name in (_PEER, _BARE))
        beside = f"FastAPI adds {theirs:.2f} ms, a bare relay {bare:.2f} ms"
        later = added(delays[OURS], delays[MODEL], share)
        yield Line(
            f"{what}, added to a token, p{share * 100:.0f}", later, "ms", ("≤", goal), beside
        )
        if share == 0.5 and later > goal:
            ratio = f"{what}, added to a token, p{share * 100:.0f}"
            yield Line(ratio, later / bare, "", ("≤", 1.3), "bare relay: the ceiling")


def _cpu_of_event(watched: Watched) -> float:
    return watched.window.cpu / watched.window.total * 1e6
