"""Row 9: what is added to the first token and to the end of a reply, the run on disk first; SQLite, by the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Final

from bench.chat_model import chat_model
from bench.measuring import run
from bench.processes import Server, bare_run, new_folder, threadkeep_server
from bench.streams import MODEL, OURS, Watched, added, at, in_rounds, repeat, targets_at, watch
from bench.table import Line

_ALONE: Final = "20x0"
_TOGETHER: Final = "20x50"
_STREAMS: Final = 100
_TURNS: Final = 60
_BARE_RUN: Final = "a bare run"

Rounds = Mapping[str, Sequence[Watched]]


def added_times() -> Iterator[Line]:
    """Row 9."""
    with (
        new_folder() as folder,
        chat_model() as model,
        bare_run(model.base_url, folder / "bare.db") as bare,
        threadkeep_server(model.base_url, folder / "threadkeep.db") as server,
    ):
        yield from _lines("1 stream", run(_alone(model, bare, server)))
        yield from _lines(f"{_STREAMS} streams", run(_together(model, bare, server)))


async def _alone(model: Server, bare: Server, server: Server) -> Rounds:
    """One stream after the other; the model says all at once."""
    targets = await targets_at(_ALONE, model, {_BARE_RUN: bare}, server)
    return await in_rounds(targets, partial(repeat, count=_TURNS, callers=1))


async def _together(model: Server, bare: Server, server: Server) -> Rounds:
    """A hundred at any moment, a hundred new ones a second, 20 tokens a second each."""
    targets = await targets_at(_TOGETHER, model, {_BARE_RUN: bare}, server)
    return await in_rounds(targets, partial(watch, count=3 * _STREAMS, per_second=_STREAMS))


def _lines(what: str, rounds: Rounds) -> Iterator[Line]:
    first = {name: [watched.first_tokens for watched in taken] for name, taken in rounds.items()}
    ends = {name: [watched.ends for watched in taken] for name, taken in rounds.items()}
    alone = median(at(0.5, taken) for taken in first[MODEL])
    for share, goal in ((0.5, 3), (0.99, 10)):
        name = f"time added to the first token, {what}, p{share * 100:.0f}"
        bare = added(first[_BARE_RUN], first[MODEL], share)
        beside = (
            f"the model alone {alone * 1e3:.2f} ms; a bare run, durable first, adds {bare:.2f} ms"
        )
        yield Line(name, added(first[OURS], first[MODEL], share), "ms", ("≤", goal), beside)
    bare, later = (added(ends[name], ends[MODEL], 0.5) for name in (_BARE_RUN, OURS))
    name = f"time added to the end, {what}, p50"
    yield Line(name, later, "ms", ("≤", 6), f"a bare run adds {bare:.2f} ms")
