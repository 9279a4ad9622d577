"""Rows 1 to 3: the client against the official SDK, the same calls on the same bare server; CPU of the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from openai import AsyncOpenAI, OpenAI

from bench.load import TEXT
from bench.measuring import Figure, blocking_in_turns, in_turns
from bench.responder import DELTAS, ResponderProcess
from bench.table import Line
from threadkeep import AsyncClient, Client

THREAD: Final = "thread_abc"
CALLERS: Final = 64
_THEIRS, _OURS = "official SDK", "threadkeep"

# Both clients take the same calls, so each is written once.
Call = Callable[[Any], Any]


def _create(client: Any) -> Any:
    return client.beta.threads.messages.create(THREAD, role="user", content=TEXT)


def _list(client: Any) -> Any:
    return client.beta.threads.messages.list(THREAD, limit=100)


def _list_data(client: Any) -> Any:
    return _list(client).data


def _follow(client: Any) -> None:
    """Read a stream to its end, with the helpers of the client."""
    with client.beta.threads.runs.stream(thread_id=THREAD, assistant_id="asst_1") as events:
        for _ in events:
            pass


def create() -> Iterator[Line]:
    """Row 1."""
    yield _line("client: create a message, sync", _sync(_create, 200), 0.12)
    many = _async(_create, 1280, CALLERS)
    yield _line(f"client: create a message, async, {CALLERS} callers", many, 0.06)


def page() -> Iterator[Line]:
    """Row 2."""
    yield _line("client: page of 100 messages, sync", _sync(_list_data, 30), 0.04)
    yield _line("client: page of 100 messages, async", _async(_list, 30, 1), 0.04)


def stream() -> Iterator[Line]:
    """Row 3."""
    figures = _sync(_follow, 3)
    each = {name: Figure(f.wall / DELTAS, f.cpu / DELTAS) for name, f in figures.items()}
    yield _line("client: an event of a stream of deltas, helpers included", each, 1 / 25)


def _sync(call: Call, count: int) -> Mapping[str, Figure]:
    with ResponderProcess() as responder:
        clients = {
            _THEIRS: OpenAI(base_url=responder.base_url, api_key="any"),
            _OURS: Client(base_url=responder.base_url, api_key="any"),
        }
        calls = {name: partial(call, client) for name, client in clients.items()}
        return blocking_in_turns(calls, count)


def _async(call: Call, count: int, callers: int) -> Mapping[str, Figure]:
    async def measured(base_url: str) -> Mapping[str, Figure]:
        async with (
            AsyncOpenAI(base_url=base_url, api_key="any") as theirs,
            AsyncClient(base_url=base_url, api_key="any") as ours,
        ):
            calls = {_THEIRS: partial(call, theirs), _OURS: partial(call, ours)}
            return await in_turns(calls, count, callers)

    with ResponderProcess() as responder:
        return asyncio.run(measured(responder.base_url))


def _line(what: str, figures: Mapping[str, Figure], goal: float) -> Line:
    theirs, ours = figures[_THEIRS].cpu, figures[_OURS].cpu
    beside = f"official SDK {theirs * 1e6:,.1f} µs CPU, ours {ours * 1e6:,.1f} µs"
    return Line(f"{what}, CPU", ours / theirs, "", ("≤", goal), beside)
