"""Row 13: ten thousand open event streams on one process, held for a minute while now and then a token comes."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from bench.chat_model import chat_model
from bench.load import MESSAGE, ask, request_bytes
from bench.measuring import run
from bench.processes import Server, cpu_of, memory_of, new_folder, threadkeep_server
from bench.streams import Stream, Target, opened
from bench.table import Line

_TOKENS: Final = 17
_PACE: Final = f"{_TOKENS}x5000"
_RUNS: Final = 100
_WATCHERS: Final = 100
_STREAMS: Final = _RUNS * _WATCHERS
_STARTS_PER_SECOND: Final = 1_000
_HELD_SECONDS: Final = 60.0
_SETTLED_SECONDS: Final = 5.0


class Held(NamedTuple):
    """Memory of the server: without a stream, with all of them, and so a minute later; its share of a core."""

    empty: int
    full: int
    later: int
    share: float
    fewest: int


def many() -> Iterator[Line]:
    """Row 13."""
    allow_open_files(_STREAMS + 1_000)
    with (
        new_folder() as folder,
        chat_model() as model,
        threadkeep_server(model.base_url, folder / "threadkeep.db") as server,
    ):
        held = run(_hold(server))
    what = f"{_STREAMS:,} open event streams of {_RUNS} runs"
    each = (max(held.full, held.later) - held.empty) / _STREAMS / 1e3
    cpu = f"{held.share * 100:.0f} % of a core, a token of each run every 5 s"
    yield Line(f"{what}, memory of each", each, "kB", ("≤", 40), cpu)
    growth = (held.later - held.full) / _STREAMS / 1e3
    yield Line(f"{what}, growth of each in a minute", growth, "kB", ("≤", 1))
    told = f"of {_TOKENS} tokens that each was to get"
    yield Line(f"{what}, tokens of the one with the fewest", held.fewest, "", ("≥", _TOKENS), told)


def allow_open_files(count: int) -> None:
    """Let this process, and those that it starts, have so many connections. Raises if the system does not."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(count, most), most))


async def _hold(server: Server) -> Held:
    targets = await _runs(server)
    empty = memory_of(server.pid)
    streams = await _open_all(targets)
    await asyncio.sleep(_SETTLED_SECONDS)
    full, cpu = memory_of(server.pid), cpu_of(server.pid)
    await asyncio.sleep(_HELD_SECONDS)
    later, cpu = memory_of(server.pid), cpu_of(server.pid) - cpu
    await asyncio.gather(*(stream.done for stream in streams))
    fewest = min(stream.tokens for stream in streams)
    return Held(empty, full, later, cpu / _HELD_SECONDS, fewest)


async def _runs(server: Server) -> list[Target]:
    """The event streams of runs that have begun."""
    body = b'{"model":"%b"}' % _PACE.encode()
    assistant = msgspec.json.decode(await ask(f"{server.base_url}/assistants", body))
    made = b'{"assistant_id":"%b","thread":{"messages":[%b]}}'
    targets: list[Target] = []
    for _ in range(_RUNS):
        new = made % (assistant["id"].encode(), MESSAGE)
        run_made = msgspec.json.decode(await ask(f"{server.base_url}/threads/runs", new))
        path = f"threads/{run_made['thread_id']}/runs/{run_made['id']}/events?stream=true"
        url = f"{server.base_url}/{path}"
        targets.append(Target(server.pid, url, request_bytes("GET", url)))
    return targets


async def _open_all(targets: Sequence[Target]) -> list[Stream]:
    streams: list[Stream] = []
    for number in range(_STREAMS):
        streams.append(await opened(targets[number % _RUNS]))
        if number % (_STARTS_PER_SECOND // 20) == 0:
            await asyncio.sleep(0.05)
    return streams
