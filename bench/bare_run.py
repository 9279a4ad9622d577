"""A bare run: the ceiling of a relay whose runs do not end with their callers.

As in the bare relay, but the run is a row on the disk before the model is asked, a task of its own reads the reply,
numbers the events and remembers them, and whoever watches is woken and sends what it has not sent yet. Nothing else is
written; nothing is checked, cited, observed or bounded.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

import msgspec

from bench.bare_relay import START, asked_of, delta
from threadkeep.inference.completion_chunk import ReplyReader
from threadkeep.transport import Request
from threadkeep.transport.plain_http import AsyncPlainHTTPTransport
from threadkeep.wire.sse import encode_event

_Row: TypeAlias = tuple[bytes, asyncio.Future[None]]

_transport = AsyncPlainHTTPTransport()
_reading: set[asyncio.Task[None]] = set()
_rows: SimpleQueue[_Row] = SimpleQueue()


def _write() -> None:
    """Commit all rows that wait at one moment together; each is on the disk then."""
    database = sqlite3.connect(os.environ["BENCH_FILE"])
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, body BLOB)")
    while True:
        rows = [_rows.get()]
        while not _rows.empty():
            rows.append(_rows.get())
        with database:
            database.executemany(
                "INSERT INTO runs (body) VALUES (?)", [(body,) for body, _ in rows]
            )
        rows[0][1].get_loop().call_soon_threadsafe(_tell, rows)


def _tell(rows: list[_Row]) -> None:
    for _, is_kept in rows:
        is_kept.set_result(None)


Thread(target=_write, daemon=True).start()


class _Run:
    """What a run has told."""

    def __init__(self) -> None:
        self.events: list[tuple[int, bytes]] = []
        self.is_over = False
        self.watchers: list[asyncio.Future[None]] = []

    def tell(self, text: str) -> None:
        self.events.append((len(self.events), delta(text)))

    def wake(self) -> None:
        watchers, self.watchers = self.watchers, []
        for watcher in watchers:
            watcher.set_result(None)

    def news(self) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        self.watchers.append(future)
        return future


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Begin a run of the model that the assistant is named after, and watch it."""
    if (asked := await asked_of(scope, receive, send)) is None:
        return
    is_kept = asyncio.get_running_loop().create_future()
    _rows.put((msgspec.json.encode(asked), is_kept))
    await is_kept
    run = _Run()
    reading = asyncio.create_task(_read(asked, run))
    _reading.add(reading)
    reading.add_done_callback(_reading.discard)
    await _watch(run, send)


async def _read(asked: dict[str, Any], run: _Run) -> None:
    body = {"model": asked["assistant_id"], "stream": True, "messages": asked["thread"]["messages"]}
    url = f"{os.environ['BENCH_UPSTREAM']}/chat/completions"
    reader = ReplyReader()
    async with _transport.stream(Request("POST", url, {}, msgspec.json.encode(body))) as response:
        async for data in response:
            for chunk in reader.feed(data):
                if chunk.text:
                    run.tell(chunk.text)
            run.wake()
    run.is_over = True
    run.wake()


async def _watch(run: _Run, send: Any) -> None:
    seen = 0
    await send(START)
    while not run.is_over or seen < len(run.events):
        if seen == len(run.events):
            await run.news()
        else:
            told = b"".join(
                encode_event("thread.message.delta", data) for _, data in run.events[seen:]
            )
            seen = len(run.events)
            await send({"type": "http.response.body", "body": told, "more_body": True})
    await send({"type": "http.response.body", "body": encode_event("done", b"[DONE]")})
