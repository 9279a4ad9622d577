"""Storage and bus against the barest thing that does the same; about half a minute."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread as OSThread

from msgspec.structs import replace

from bench.measuring import in_turns, show
from threadkeep.bus.in_process import InProcessBus
from threadkeep.storage import RunRecord
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.storage.sqlite.migration import migrate
from threadkeep.types import ids
from threadkeep.types.message import Message, TextPart, TextValue
from threadkeep.types.page import PageQuery
from threadkeep.types.run import Run
from threadkeep.types.thread import Thread

CALLERS = 64
INSERTS = 6_400
PAGES = 2_000
RUNS = 640
PAYLOADS = 100_000
PROJECT = "default"
THREAD = Thread(id="thread_bench")
CONTENT: list[TextPart] = [TextPart(text=TextValue(value="A message of the usual length. " * 8))]
BARE_INSERT = """
insert into messages (project, thread_id, id, role, status, body) values (?, ?, ?, ?, ?, ?)
"""
BARE_PAGE = """
select id, body from messages where project = ? and thread_id = ? order by seq desc limit 21
"""
_ids = ids.RandomIds()


class BareWriter:
    """A thread that commits what waits: no savepoint, no check of the thread, no struct, no error handling."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = full")
        migrate(self._connection, str(path))
        self._queue: SimpleQueue[tuple[tuple[object, ...], asyncio.Future[None]] | None] = (
            SimpleQueue()
        )
        self._loop = asyncio.get_running_loop()
        self._thread = OSThread(target=self._work)
        self._thread.start()

    async def insert(self, row: tuple[object, ...]) -> None:
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((row, future))
        await future

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            try:
                while (more := self._queue.get_nowait()) is not None:
                    batch.append(more)
            except Empty:
                pass
            self._connection.execute("begin immediate")
            for row, _ in batch:
                self._connection.execute(BARE_INSERT, row)
            self._connection.execute("commit")
            self._loop.call_soon_threadsafe(_resolve, [future for _, future in batch])


def _resolve(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        future.set_result(None)


def new_message(thread_id: str = THREAD.id) -> Message:
    """A message like those that users write."""
    return Message(id=_ids.make(ids.MESSAGE), thread_id=thread_id, content=list(CONTENT))


async def bench_inserts(folder: Path) -> None:
    """Durable inserts of messages."""
    bare, storage = BareWriter(folder / "bare.db"), SQLiteStorage(folder / "ours.db")
    await storage.open()
    await storage.threads.insert(PROJECT, THREAD)
    body = b'{"content":"%s"}' % (b"x" * 500)

    def insert_bare() -> Awaitable[None]:
        row = (PROJECT, THREAD.id, _ids.make(ids.MESSAGE), "user", "completed", body)
        return bare.insert(row)

    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "bare sqlite3, group commit": insert_bare,
        "storage.messages.insert": lambda: storage.messages.insert(PROJECT, new_message()),
    }
    show(f"Durable inserts, {CALLERS} callers", await in_turns(calls, INSERTS, CALLERS))
    show("Durable inserts, 1 caller", await in_turns(calls, INSERTS // 16, 1))
    bare.close()
    await storage.close()


async def bench_pages(folder: Path) -> None:
    """Pages of 20 messages, in a short and in a long thread."""
    storage = SQLiteStorage(folder / "pages.db")
    await storage.open()
    for size in (100, 100_000):
        thread = Thread(id=f"thread_{size}")
        await storage.threads.insert(PROJECT, thread, [new_message(thread.id) for _ in range(size)])
    connection = sqlite3.connect(folder / "pages.db")

    async def read_bare() -> object:
        return connection.execute(BARE_PAGE, (PROJECT, "thread_100")).fetchall()

    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "bare sqlite3 on the event loop": read_bare,
        "messages.page, 100 messages": lambda: storage.messages.page(
            PROJECT, "thread_100", PageQuery()
        ),
        "messages.page, 100,000 messages": lambda: storage.messages.page(
            PROJECT, "thread_100000", PageQuery()
        ),
    }
    show(f"Pages of 20, {CALLERS} callers", await in_turns(calls, PAGES, CALLERS))
    show("Pages of 20, 1 caller", await in_turns(calls, PAGES, 1))
    connection.close()
    await storage.close()


async def bench_runs(folder: Path) -> None:
    """A run from its creation to its end: a new thread, a claim, an answer."""
    storage = SQLiteStorage(folder / "runs.db")
    await storage.open()

    def start(run: Run) -> Run:
        return replace(run, status="in_progress")

    async def run_once() -> None:
        thread = Thread(id=_ids.make(ids.THREAD))
        run = Run(id=_ids.make(ids.RUN), thread_id=thread.id)
        queued = RunRecord(project=PROJECT, run=run, due_at=2e9)
        await storage.runs.insert(queued, thread=thread, messages=[new_message(thread.id)])
        (record,) = await storage.runs.claim("worker", start, limit=1, only=(run.thread_id, run.id))
        after = replace(record, run=replace(record.run, status="completed"))
        await storage.runs.write(record, after=after, messages=[new_message(thread.id)])

    figures = await in_turns({"insert, claim, write": run_once}, RUNS, CALLERS)
    show(f"Lives of runs, {CALLERS} callers", figures)
    await storage.close()


async def bench_bus() -> None:
    """Payloads through the in-process bus, 50 at a time, against a call of the listener."""
    bus = InProcessBus()
    await bus.start()
    seen: list[bytes] = []
    await bus.subscribe("ev.run_1", seen.append)

    async def deliver(publish: Callable[[bytes], None]) -> None:
        for _ in range(50):
            publish(b"payload")
        await asyncio.sleep(0)

    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "50 calls of the listener": lambda: deliver(seen.append),
        "50 payloads": lambda: deliver(lambda payload: bus.publish("ev.run_1", payload)),
    }
    show("In-process bus", await in_turns(calls, PAYLOADS // 50, 1))
    await bus.stop()


async def bench() -> None:
    """Print all tables."""
    with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        await bench_inserts(Path(folder))
        await bench_pages(Path(folder))
        await bench_runs(Path(folder))
    await bench_bus()
