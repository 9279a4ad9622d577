"""Storage in PostgreSQL, which commits to disk, against a bare asyncpg pool that does one thing in each commit."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from msgspec.structs import replace

from bench.measuring import Figure, measure, middle, show
from bench.storage import CALLERS, PROJECT, new_message
from tests.support.postgres_server import PostgresServer
from threadkeep.server.event_loop import loop_factory
from threadkeep.storage import RunRecord
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.types import ids
from threadkeep.types.codec import encode
from threadkeep.types.page import PageQuery
from threadkeep.types.run import Run
from threadkeep.types.thread import Thread

INSERTS = 6_400
RUNS = 3_200
PAGES = 3_200
ROUNDS = 3
CONNECTIONS = 8
BARE_INSERT = """
insert into messages (project, thread_id, id, role, status, body) values ($1, $2, $3, $4, $5, $6)
"""
BARE_CLAIM = """
update runs set status = 'in_progress', worker = 'bare', epoch = epoch + 1, attempts = attempts + 1
where project = $1 and thread_id = $2 and id = $3 and status = 'queued'
returning body
"""
BARE_PAGE = """
select id, body from messages where project = $1 and thread_id = $2 order by seq desc limit 21
"""
_ids = ids.RandomIds()

Call = Callable[[], Awaitable[object]]


@contextmanager
def own_server(shared_buffers: str = "256MB") -> Iterator[PostgresServer]:
    """A server that waits for the disk, as one in production does."""
    folder = Path(tempfile.mkdtemp(prefix="threadkeep-bench-"))
    server = PostgresServer(folder, durable=True, settings={"shared_buffers": shared_buffers})
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[tuple[PostgresStorage, Any]]:
    """The storage, and a bare pool with as many connections."""
    storage = PostgresStorage(dsn, connections=CONNECTIONS)
    await storage.open()
    pool = await asyncpg.create_pool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)
    yield storage, pool
    await pool.close()
    await storage.close()


async def rounds_of(
    makers: dict[str, Callable[[], Awaitable[Call]]], count: int
) -> dict[str, Figure]:
    """The medians of each, in turns; what a round needs is made before it is measured. The first is not counted."""
    figures: dict[str, list[Figure]] = {name: [] for name in makers}
    for number in range(ROUNDS + 1):
        for name, make in makers.items():
            figure = await measure(await make(), count, CALLERS)
            if number:
                figures[name].append(figure)
    return {name: middle(rounds) for name, rounds in figures.items()}


async def bench_inserts(storage: PostgresStorage, pool: Any) -> None:
    """Durable inserts of messages, into many threads and into one."""
    threads = [Thread(id=_ids.make(ids.THREAD)) for _ in range(CALLERS)]
    for thread in threads:
        await storage.threads.insert(PROJECT, thread)
    turn = 0

    def next_thread() -> str:
        nonlocal turn
        turn += 1
        return threads[turn % len(threads)].id

    def insert_bare() -> Awaitable[object]:
        message = new_message(next_thread())
        row = (PROJECT, message.thread_id, message.id, message.role, message.status)
        return pool.execute(BARE_INSERT, *row, encode(message))

    calls: dict[str, Call] = {
        "bare asyncpg, a commit each": insert_bare,
        "messages.insert, 64 threads": lambda: storage.messages.insert(
            PROJECT, new_message(next_thread())
        ),
        "messages.insert, one thread": lambda: storage.messages.insert(
            PROJECT, new_message(threads[0].id)
        ),
    }
    show(f"Durable inserts, {CALLERS} callers", await rounds_of(_made(calls), INSERTS))


async def bench_pages(storage: PostgresStorage, pool: Any) -> None:
    """Pages of 20 messages of a long thread."""
    thread = Thread(id=_ids.make(ids.THREAD))
    messages = [new_message(thread.id) for _ in range(10_000)]
    await storage.threads.insert(PROJECT, thread, messages)
    calls: dict[str, Call] = {
        "bare asyncpg": lambda: pool.fetch(BARE_PAGE, PROJECT, thread.id),
        "messages.page, 10,000 messages": lambda: storage.messages.page(
            PROJECT, thread.id, PageQuery()
        ),
    }
    show(f"Pages of 20, {CALLERS} callers", await rounds_of(_made(calls), PAGES))


async def bench_runs(storage: PostgresStorage, pool: Any) -> None:
    """What a run costs from its creation to its end."""
    queued: list[Run] = []
    held: list[RunRecord] = []

    async def insert() -> None:
        thread = Thread(id=_ids.make(ids.THREAD))
        run = Run(id=_ids.make(ids.RUN), thread_id=thread.id)
        record = RunRecord(project=PROJECT, run=run, due_at=2e9)
        await storage.runs.insert(record, thread=thread, messages=[new_message(thread.id)])
        queued.append(run)

    async def claim() -> None:
        run = queued.pop()
        only = (run.thread_id, run.id)
        held.extend(await storage.runs.claim("worker", _start, limit=1, only=only))

    async def claim_bare() -> None:
        run = queued.pop()
        await pool.fetch(BARE_CLAIM, PROJECT, run.thread_id, run.id)

    async def write() -> None:
        record = held.pop()
        after = replace(record, run=replace(record.run, status="completed"))
        message = new_message(record.run.thread_id)
        await storage.runs.write(record, after=after, messages=[message])

    def with_runs(call: Call) -> Callable[[], Awaitable[Call]]:
        async def make() -> Call:
            await measure(insert, RUNS, CALLERS)
            return call

        return make

    claims = {"bare asyncpg, a commit each": with_runs(claim_bare), "runs.claim": with_runs(claim)}
    show(f"Claims of runs by name, {CALLERS} callers", await rounds_of(claims, RUNS))
    lives = _made({"runs.write, with a message": write})
    lives |= _made({"runs.insert, with thread and message": insert})
    show(
        f"Ends and beginnings of runs, {CALLERS} callers",
        await rounds_of(lives, RUNS // (ROUNDS + 1) // CALLERS * CALLERS),
    )


def _start(run: Run) -> Run:
    return replace(run, status="in_progress")


def _made(calls: dict[str, Call]) -> dict[str, Callable[[], Awaitable[Call]]]:
    """Calls that need nothing made before."""

    def maker(call: Call) -> Callable[[], Awaitable[Call]]:
        async def make() -> Call:
            return call

        return make

    return {name: maker(call) for name, call in calls.items()}


async def bench_all(dsn: str) -> None:
    """Print all tables."""
    async with opened(dsn) as (storage, pool):
        await bench_inserts(storage, pool)
        await bench_pages(storage, pool)
        await bench_runs(storage, pool)


def bench() -> None:
    """Measure with a server of its own, on the event loop that the server uses."""
    with own_server() as server, asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(bench_all(server.dsn()))
