"""Row 9: what is added to the first token and to the end of a reply, the run on disk first; SQLite, by the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Final

from bench.chat_model import chat_model
from bench.measuring import run
from bench.processes import Server, new_folder, threadkeep_server
from bench.streams import Watched, added, at, directly, in_rounds, repeat, runs_at, watch
from bench.table import Line

_ALONE: Final = "20x0"
_TOGETHER: Final = "20x50"
_STREAMS: Final = 100
_TURNS: Final = 60

Rounds = Mapping[str, Sequence[Watched]]


def added_times() -> Iterator[Line]:
    """Row 9."""
    with (
        new_folder() as folder,
        chat_model() as model,
        threadkeep_server(model.base_url, folder / "threadkeep.db") as server,
    ):
        yield from _lines("1 stream", run(_alone(model, server)))
        yield from _lines(f"{_STREAMS} streams", run(_together(model, server)))


async def _alone(model: Server, server: Server) -> Rounds:
    """One stream after the other; the model says all at once."""
    targets = {"direct": directly(model, _ALONE), "ours": await runs_at(server, _ALONE)}
    return await in_rounds(targets, partial(repeat, count=_TURNS, callers=1))


async def _together(model: Server, server: Server) -> Rounds:
    """A hundred at any moment, a hundred new ones a second, 20 tokens a second each."""
    targets = {"direct": directly(model, _TOGETHER), "ours": await runs_at(server, _TOGETHER)}
    return await in_rounds(targets, partial(watch, count=3 * _STREAMS, per_second=_STREAMS))


def _lines(what: str, rounds: Rounds) -> Iterator[Line]:
    first = {name: [watched.first_tokens for watched in taken] for name, taken in rounds.items()}
    ends = {name: [watched.ends for watched in taken] for name, taken in rounds.items()}
    alone = median(at(0.5, taken) for taken in first["direct"])
    floor = f"the model alone {alone * 1e3:.2f} ms"
    for share, goal in ((0.5, 3), (0.99, 10)):
        name = f"time added to the first token, {what}, p{share * 100:.0f}"
        later = added(first["ours"], first["direct"], share)
        yield Line(name, later, "ms", ("≤", goal), floor)
    later = added(ends["ours"], ends["direct"], 0.5)
    yield Line(f"time added to the end, {what}, p50", later, "ms", ("≤", 6))
