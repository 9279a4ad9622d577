"""Row 6: a page of 100 messages, against a bare ASGI endpoint that sends the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

import msgspec

from bench.load import CALLERS, TEXT, Taken, ask, load, request_bytes
from bench.measuring import ROUNDS, run
from bench.processes import Server, asgi_server, new_folder, threadkeep_server
from bench.table import Line

_PAGES = 3200
_MESSAGES = 100


def read() -> Iterator[Line]:
    """Row 6."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        ours = stack.enter_context(
            threadkeep_server("http://127.0.0.1:9/v1", folder / "threadkeep.db")
        )
        url, page = run(_page(ours)), folder / "page.json"
        page.write_bytes(run(ask(url, method="GET")))
        bare = stack.enter_context(asgi_server("bench.bare_server:app", {"BENCH_PAGE": str(page)}))
        taken = run(_in_turns({url: ours, bare.base_url: bare}))
    mine, theirs = (median(t.cpu for t in figures) * 1e6 for figures in taken)
    beside = f"bare ASGI, the same bytes, {theirs:.0f} µs CPU, ours {mine:.0f} µs"
    yield Line("server: page of 100 messages, CPU", mine / theirs, "", ("≤", 1.5), beside)


async def _page(server: Server) -> str:
    """Where a page of 100 messages is."""
    message = {"role": "user", "content": TEXT}
    thread = msgspec.json.decode(await ask(f"{server.base_url}/threads", b"{}"))
    url = f"{server.base_url}/threads/{thread['id']}/messages"
    for _ in range(_MESSAGES):
        await ask(url, msgspec.json.encode(message))
    return f"{url}?limit={_MESSAGES}"


async def _in_turns(servers: dict[str, Server]) -> list[list[Taken]]:
    taken: dict[str, list[Taken]] = {url: [] for url in servers}
    for number in range(ROUNDS + 1):
        for url, server in servers.items():
            request = request_bytes("GET", url)
            figures = await load(url, lambda r=request: r, _PAGES, CALLERS, server.pid)
            if number:
                taken[url].append(figures)
    return [*taken.values()]
