"""The client against the official SDK: the same calls on the same bare server; CPU of the calling process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from openai import AsyncOpenAI, OpenAI

from bench.measuring import Figure, blocking_in_turns, in_turns, show
from bench.responder import DELTAS, ResponderProcess
from threadkeep import AsyncClient, Client

THREAD = "thread_abc"
CALLERS = 64
TEXT = "Some words. " * 12

# Both clients take the same calls, so each is written once.
CALLS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "retrieve a thread": (200, lambda client: client.beta.threads.retrieve(THREAD)),
    "create a message": (
        200,
        lambda client: client.beta.threads.messages.create(THREAD, role="user", content=TEXT),
    ),
    "a page of 100 messages": (
        30,
        lambda client: client.beta.threads.messages.list(THREAD, limit=100).data,
    ),
}


def follow(client: Any) -> None:
    """Read a stream to its end, with the helpers of the client."""
    with client.beta.threads.runs.stream(thread_id=THREAD, assistant_id="asst_1") as events:
        for _ in events:
            pass


def each(figures: dict[str, Figure], count: int) -> dict[str, Figure]:
    """The figures for one of `count`."""
    return {name: Figure(f.wall / count, f.cpu / count) for name, f in figures.items()}


def bench_sync(base_url: str) -> None:
    """One caller that blocks."""
    clients = {
        "official SDK": OpenAI(base_url=base_url, api_key="any"),
        "threadkeep": Client(base_url=base_url, api_key="any"),
    }

    def compared(call: Callable[[Any], Any], count: int) -> dict[str, Figure]:
        calls = {name: partial(call, client) for name, client in clients.items()}
        return blocking_in_turns(calls, count)

    for title, (count, call) in CALLS.items():
        show(f"Sync: {title}", compared(call, count))
    show("Sync: an event of a stream, helpers included", each(compared(follow, 3), DELTAS))


async def bench_async(base_url: str) -> None:
    """Many callers at once."""
    async with (
        AsyncOpenAI(base_url=base_url, api_key="any") as theirs,
        AsyncClient(base_url=base_url, api_key="any") as ours,
    ):
        for title in ("retrieve a thread", "create a message"):
            _, call = CALLS[title]
            calls = {"official SDK": partial(call, theirs), "threadkeep": partial(call, ours)}
            show(f"Async, {CALLERS} callers: {title}", await in_turns(calls, 1280, CALLERS))


def bench() -> None:
    """Print all tables."""
    with ResponderProcess() as responder:
        bench_sync(responder.base_url)
        asyncio.run(bench_async(responder.base_url))
