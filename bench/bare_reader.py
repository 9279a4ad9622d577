"""A bare ASGI application that reads its answer from SQLite: the ceiling of what a page out of a file costs.

It answers every GET with the 100 newest messages of the file `BENCH_DATABASE`, on a thread of its own, as anything has
to that keeps its event loop free: all reads that wait are done by one wake-up, and answered by one.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from queue import SimpleQueue
from threading import Thread
from typing import Any

from bench.bare_server import start

_NEWEST = """
select cast(group_concat(body, ',') as blob)
from (select body from messages where project = 'default' and thread_id = ? order by seq desc limit 100)
"""
_Waiting = asyncio.Future[bytes]


def _read_on() -> None:
    connection = sqlite3.connect(os.environ["BENCH_DATABASE"])
    (thread,) = connection.execute("select thread_id from messages limit 1").fetchone()
    while True:
        waiting = [_queue.get()]
        waiting += [_queue.get() for _ in range(_queue.qsize())]
        pages = [connection.execute(_NEWEST, (thread,)).fetchone()[0] for _ in waiting]
        waiting[0].get_loop().call_soon_threadsafe(_tell, waiting, pages)


def _tell(waiting: list[_Waiting], pages: list[bytes]) -> None:
    for future, page in zip(waiting, pages, strict=True):
        future.set_result(page)


_queue: SimpleQueue[_Waiting] = SimpleQueue()
Thread(target=_read_on, daemon=True).start()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read a page and send it."""
    if scope["type"] != "http":
        return
    page = asyncio.get_running_loop().create_future()
    _queue.put(page)
    answer = b'{"object":"list","data":[%b],"has_more":false}' % await page
    await send(start(len(answer)))
    await send({"type": "http.response.body", "body": answer})
