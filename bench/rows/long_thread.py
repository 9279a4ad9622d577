"""Row 12: a thread of 100,000 messages against one of 100: a page, and the start of a run; SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from bench.chat_model import chat_model
from bench.load import ask, load, request_bytes
from bench.measuring import run
from bench.processes import Server, new_folder, threadkeep_server
from bench.storage import PROJECT, new_message
from bench.streams import Target, at, repeat
from bench.table import Line
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.thread import Thread

_SIZES: Final = (100, 100_000)
_ROUNDS: Final = 10
"""The two take turns in going first, and are compared round by round: the machine is never the same for long."""
_PAGES: Final = 5_000
_RUNS: Final = 100
_PROMPT_TOKENS: Final = 4_000
_RUN: Final = b'{"assistant_id":"%b","stream":true,"max_prompt_tokens":%d}'

Times = Mapping[int, Sequence[tuple[float, float]]]
"""CPU and wall seconds for each, of each round, by the size of the thread."""


def against_short() -> Iterator[Line]:
    """Row 12. Both runs may send as much to the model, so what differs is only what the thread holds beside that."""
    with new_folder() as folder, chat_model() as model:
        run(_fill(folder / "threadkeep.db"))
        with threadkeep_server(model.base_url, folder / "threadkeep.db") as server:
            pages, starts = run(_measured(server))
    size = f"thread of {_SIZES[1]:,} messages against {_SIZES[0]}"
    yield _line(f"page of 20, {size}, CPU", pages, 0)
    yield _line(f"start of a run, {size}, CPU", starts, 0)
    yield _line(f"start of a run, {size}, first token", starts, 1)


async def _fill(database: Path) -> None:
    storage = SQLiteStorage(database)
    await storage.open()
    for size in _SIZES:
        thread = Thread(id=f"thread_{size}")
        await storage.threads.insert(PROJECT, thread, [new_message(thread.id) for _ in range(size)])
    await storage.close()


async def _measured(server: Server) -> tuple[Times, Times]:
    assistant = msgspec.json.decode(await ask(f"{server.base_url}/assistants", b'{"model":"1x0"}'))
    pages: dict[int, list[tuple[float, float]]] = {size: [] for size in _SIZES}
    starts: dict[int, list[tuple[float, float]]] = {size: [] for size in _SIZES}
    for number in range(_ROUNDS + 1):
        sizes = _SIZES if number % 2 else _SIZES[::-1]
        for size in sizes:
            page = await _page(server, size)
            if number:
                pages[size].append(page)
        for size in sizes:
            start = await _start(server, size, assistant["id"])
            if number:
                starts[size].append(start)
    return pages, starts


async def _page(server: Server, size: int) -> tuple[float, float]:
    url = f"{server.base_url}/threads/thread_{size}/messages?limit=20"
    request = request_bytes("GET", url)
    taken = await load(url, lambda: request, _PAGES, 16, server.pid)
    return taken.cpu, at(0.5, taken.latencies)


async def _start(server: Server, size: int, assistant_id: str) -> tuple[float, float]:
    url = f"{server.base_url}/threads/thread_{size}/runs"
    body = _RUN % (assistant_id.encode(), _PROMPT_TOKENS)
    watched = await repeat(Target(server.pid, url, request_bytes("POST", url, body)), _RUNS, 1)
    return watched.window.cpu / _RUNS, at(0.5, watched.first_tokens)


def _line(what: str, times: Times, which: int) -> Line:
    short, long = ([taken[which] for taken in times[size]] for size in _SIZES)
    ratio = median(one / other for one, other in zip(long, short, strict=True))
    beside = f"{median(long) * 1e3:.3f} ms against {median(short) * 1e3:.3f} ms"
    return Line(what, ratio, "", ("≤", 1.2), beside)
