"""Row 6: a page of 100 messages, against bare ASGI endpoints that read as many from SQLite, or just send them."""

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
_ROUNDS = 3 * ROUNDS
"""What is compared differs by less than the machine does from one second to the next."""
_MESSAGES = 100


def read() -> Iterator[Line]:
    """Row 6."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        database, answer = folder / "threadkeep.db", folder / "page.json"
        ours = stack.enter_context(threadkeep_server("http://127.0.0.1:9/v1", database))
        url = run(_page(ours))
        answer.write_bytes(run(ask(url, method="GET")))
        sender = asgi_server("bench.bare_server:app", {"BENCH_PAGE": str(answer)})
        reader = asgi_server("bench.bare_reader:app", {"BENCH_DATABASE": str(database)})
        bare = [stack.enter_context(server) for server in (sender, reader)]
        taken = run(_in_turns({url: ours, **{server.base_url: server for server in bare}}))
    mine, sent, fetched = (median(t.cpu for t in figures) * 1e6 for figures in taken)
    beside = f"bare ASGI that reads them from the same file {fetched:.0f} µs, ours {mine:.0f} µs"
    yield Line("server: page of 100 messages, CPU", mine / fetched, "", ("≤", 1.3), beside)
    beside = f"bare ASGI that sends the same bytes and reads nothing {sent:.0f} µs"
    yield Line(
        "ceiling of a page of 100 messages that is read, CPU", fetched / sent, "", None, beside
    )


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
    for number in range(_ROUNDS + 1):
        for url, server in servers.items():
            request = request_bytes("GET", url)
            figures = await load(url, lambda r=request: r, _PAGES, CALLERS, server.pid)
            if number:
                taken[url].append(figures)
    return [*taken.values()]
