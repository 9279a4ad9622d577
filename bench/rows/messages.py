"""Row 5: durable creation of messages over HTTP, against a bare endpoint and against FastAPI with SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from statistics import median
from typing import Final

import msgspec

from bench.load import CALLERS, MESSAGE, Taken, ask, load, request_bytes
from bench.measuring import ROUNDS, run
from bench.postgres import own_server
from bench.processes import (
    Server,
    asgi_server,
    new_folder,
    peer_server,
    threadkeep_server,
)
from bench.streams import at
from bench.table import Line

_BARE, _PEER, _SQLITE, _POSTGRES = "bare ASGI", "FastAPI", "SQLite", "PostgreSQL"
_COUNTS: Final[Mapping[str, int]] = {_BARE: 6400, _PEER: 320, _SQLITE: 6400, _POSTGRES: 6400}
_NO_UPSTREAM: Final = "http://127.0.0.1:9/v1"


def create() -> Iterator[Line]:
    """Row 5."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        database = stack.enter_context(own_server()).dsn()
        peer = {"BENCH_DATABASE": str(folder / "peer.db")}
        servers = {
            _BARE: stack.enter_context(asgi_server("bench.bare_server:app")),
            _PEER: stack.enter_context(peer_server("messages", peer)),
            _SQLITE: stack.enter_context(threadkeep_server(_NO_UPSTREAM, folder / "ours.db")),
            _POSTGRES: stack.enter_context(threadkeep_server(_NO_UPSTREAM, database)),
        }
        yield from _lines(run(_in_turns(servers)))


async def _in_turns(servers: Mapping[str, Server]) -> dict[str, list[Taken]]:
    requests = {name: await _request(name, server) for name, server in servers.items()}
    taken: dict[str, list[Taken]] = {name: [] for name in servers}
    for number in range(ROUNDS + 1):
        for name, server in servers.items():
            count, make = _COUNTS[name], requests[name]
            figures = await load(server.base_url, make, count, CALLERS, server.pid)
            if number:
                taken[name].append(figures)
    return taken


async def _request(name: str, server: Server) -> Callable[[], bytes]:
    """What makes a message on a new thread."""
    url = f"{server.base_url}/messages"
    if name != _BARE:
        thread = msgspec.json.decode(await ask(f"{server.base_url}/threads", b"{}"))
        url = f"{server.base_url}/threads/{thread['id']}/messages"
    request = request_bytes("POST", url, MESSAGE)
    return lambda: request


def _lines(taken: Mapping[str, list[Taken]]) -> Iterator[Line]:
    cpu = {name: median(t.cpu for t in figures) for name, figures in taken.items()}
    rate = {name: median(t.per_second for t in figures) for name, figures in taken.items()}
    latest = median(at(0.99, t.latencies) for t in taken[_SQLITE])
    what = f"server: durable message, {CALLERS} callers, SQLite"
    beside = f"bare ASGI, nothing kept, {cpu[_BARE] * 1e6:.0f} µs"
    yield Line(f"{what}, CPU", cpu[_SQLITE] * 1e6, "µs", ("≤", 150), beside)
    wall = f"{rate[_SQLITE]:,.0f}/s by the clock"
    yield Line(f"{what}, a second per core", 1 / cpu[_SQLITE], "/s", ("≥", 5000), wall)
    peer = f"FastAPI + SQLAlchemy {cpu[_PEER] * 1e6:,.0f} µs"
    yield Line(f"{what}, CPU", cpu[_SQLITE] / cpu[_PEER], "", ("≤", 0.1), peer)
    yield Line(f"{what}, p99", latest * 1e3, "ms", ("≤", 30))
    wall = f"{rate[_POSTGRES]:,.0f}/s by the clock, the database on the same cores"
    what = f"server: durable message, {CALLERS} callers, PostgreSQL"
    yield Line(f"{what}, a second per core", 1 / cpu[_POSTGRES], "/s", ("≥", 8000), wall)
    ceiling = "bare ASGI, the same load"
    yield Line("ceiling of the load generator, requests a second", rate[_BARE], "/s", None, ceiling)
