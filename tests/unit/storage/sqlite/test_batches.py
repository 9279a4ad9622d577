"""Many callers, one commit: what each of them is told is true."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Event

import pytest

from tests.support.records import PROJECT, new_thread
from threadkeep.errors import StorageError
from threadkeep.storage.sqlite.batch import read_each
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.job import Batch
from threadkeep.storage.sqlite.lane import Lane
from threadkeep.storage.sqlite.query import Query
from threadkeep.storage.sqlite.session import Session
from threadkeep.storage.sqlite.threads import insert_thread
from threadkeep.types.thread import Thread

COUNT = Query("test/count", "select count(*) from threads")
DEFER = Query("test/defer", "pragma defer_foreign_keys = on")
ORPHAN = Query(
    "test/orphan",
    "insert into messages (project, thread_id, id, role, status, body)"
    " values ('default', 'absent', 'msg_1', 'user', 'completed', x'')",
)


def keep(thread: Thread) -> Callable[[Session], None]:
    return lambda session: insert_thread(session, PROJECT, thread)


def keep_a_new_one(session: Session) -> None:
    keep(new_thread())(session)


async def count(database: Database) -> int:
    row = await database.read(lambda session: session.row(COUNT))
    assert row is not None
    return row[0]


@asynccontextmanager
async def held_up(database: Database) -> AsyncIterator[None]:
    """Keeps the writer busy, so that what is written meanwhile becomes one batch."""
    has_begun, may_end = Event(), Event()

    def wait(_: Session) -> None:
        has_begun.set()
        assert may_end.wait(10)

    held = asyncio.ensure_future(database.write(wait))
    assert await asyncio.to_thread(has_begun.wait, 10)
    try:
        yield
    finally:
        may_end.set()
        await held


async def test_what_waits_is_committed_together_and_told_in_one_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    loop = asyncio.get_running_loop()
    wakes: list[object] = []
    wake = loop.call_soon_threadsafe

    async with held_up(database):
        writes = [asyncio.ensure_future(database.write(keep_a_new_one)) for _ in range(64)]
        await asyncio.sleep(0)
        monkeypatch.setattr(
            loop, "call_soon_threadsafe", lambda *call: (wakes.append(call), wake(*call))
        )
    await asyncio.gather(*writes)

    assert len(wakes) == 2  # for the one that held it up, and for all the others
    assert await count(database) == 64


async def test_the_event_loop_goes_on_and_reads_are_answered_while_a_write_takes_long(
    database: Database,
):
    async with held_up(database):
        assert await count(database) == 0


async def test_a_job_that_fails_leaves_nothing_and_harms_none_beside_it(database: Database):
    def keep_two_and_fail(session: Session) -> None:
        keep_a_new_one(session)
        keep_a_new_one(session)
        raise LookupError("a fault of the job's own")

    async with held_up(database):
        writes = [
            asyncio.ensure_future(database.write(job))
            for job in (keep_a_new_one, keep_two_and_fail, keep_a_new_one)
        ]
        await asyncio.sleep(0)
    first, failed, last = await asyncio.gather(*writes, return_exceptions=True)

    assert (first, last) == (None, None)
    assert isinstance(failed, LookupError)
    assert await count(database) == 2


async def test_a_statement_that_fails_is_a_storage_error_with_its_cause(database: Database):
    thread = new_thread()
    await database.write(keep(thread))

    with pytest.raises(StorageError, match="UNIQUE") as failed:
        await database.write(keep(thread))

    assert isinstance(failed.value.__cause__, sqlite3.IntegrityError)


async def test_if_the_commit_fails_all_its_jobs_fail_and_the_next_ones_do_not(database: Database):
    def break_the_commit(session: Session) -> None:
        session.change(DEFER)
        session.change(ORPHAN)

    async with held_up(database):
        writes = [
            asyncio.ensure_future(database.write(job))
            for job in (keep_a_new_one, break_the_commit, keep_a_new_one)
        ]
        await asyncio.sleep(0)
    answers = await asyncio.gather(*writes, return_exceptions=True)

    assert [type(answer) for answer in answers] == [StorageError] * 3
    assert await count(database) == 0
    await database.write(keep_a_new_one)
    assert await count(database) == 1


async def test_on_a_full_disk_nobody_is_told_a_lie(database: Database):
    def limit(pages: int) -> Callable[[Session], object]:
        pragma = Query("test/limit", f"pragma max_page_count = {pages}")
        return lambda session: session.rows(pragma)

    await database.write(limit(200))
    kept = refused = 0
    while not refused:
        threads = [new_thread(metadata={"text": "x" * 500}) for _ in range(20)]
        answers = await asyncio.gather(
            *(database.write(keep(thread)) for thread in threads), return_exceptions=True
        )
        kept += answers.count(None)
        refused = sum(isinstance(answer, StorageError) for answer in answers)

    assert kept > 0
    assert await count(database) == kept
    await database.write(limit(100_000))
    await database.write(keep_a_new_one)
    assert await count(database) == kept + 1


async def test_when_sqlite_gives_up_the_transaction_all_jobs_fail(database: Database):
    def give_up(session: Session) -> None:
        session.connection.execute("rollback")
        raise sqlite3.OperationalError("disk I/O error")

    async with held_up(database):
        writes = [
            asyncio.ensure_future(database.write(job))
            for job in (keep_a_new_one, give_up, keep_a_new_one)
        ]
        await asyncio.sleep(0)
    answers = await asyncio.gather(*writes, return_exceptions=True)

    assert [str(answer) for answer in answers] == ["disk I/O error"] * 3
    assert await count(database) == 0


async def test_a_caller_that_went_away_does_not_keep_its_write_from_being_done(database: Database):
    async with held_up(database):
        write = asyncio.ensure_future(database.write(keep_a_new_one))
        await asyncio.sleep(0)
        write.cancel()
    await database.write(keep_a_new_one)

    assert write.cancelled()
    assert await count(database) == 2


async def test_callers_on_another_event_loop_are_answered_there(database: Database):
    async def write() -> None:
        await database.write(keep_a_new_one)

    await asyncio.to_thread(asyncio.run, write())

    assert await count(database) == 1


async def test_an_event_loop_that_has_gone_harms_nobody(database: Database):
    async def write_and_leave() -> None:
        asyncio.ensure_future(database.write(keep_a_new_one))  # noqa: RUF006 - it is left behind
        await asyncio.sleep(0)

    async with held_up(database):
        await asyncio.to_thread(asyncio.run, write_and_leave())
    await database.write(keep_a_new_one)

    assert await count(database) == 2


async def test_a_lane_that_was_closed_takes_nothing():
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    lane = Lane("reader", [Session(connection)], read_each, batch_limit=1)
    lane.close()
    lane.close()

    with pytest.raises(StorageError, match="not open"):
        await lane.do(lambda session: session.rows(COUNT))

    connection.close()


async def test_what_is_asked_for_in_one_turn_is_one_batch_in_its_order():
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    done: list[int] = []
    batches: list[int] = []

    def perform(session: Session, jobs: Batch) -> None:
        batches.append(len(jobs))
        read_each(session, jobs)

    lane = Lane("reader", [Session(connection)], perform, batch_limit=64)

    await asyncio.gather(*(lane.do(lambda _, n=n: done.append(n)) for n in range(64)))

    assert done == [*range(64)]
    assert batches == [64]
    await asyncio.to_thread(lane.close)
    connection.close()


async def test_what_is_asked_for_together_is_read_in_one_transaction():
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    lane = Lane("reader", [Session(connection)], read_each, batch_limit=64)
    one, none = Query("test/one", "select 1"), Query("test/none", "select 1 from nothing")

    found = await asyncio.gather(
        *(lane.do(lambda session, query=query: session.rows(query)) for query in (one, none, one)),
        return_exceptions=True,
    )
    assert found[0] == found[2] == [(1,)]
    assert isinstance(found[1], StorageError)
    assert statements == ["begin", "select 1", "select 1", "COMMIT"]

    await lane.do(lambda session: session.rows(one))
    assert statements[4:] == ["select 1"]

    await asyncio.to_thread(lane.close)
    connection.close()


async def test_reads_that_no_transaction_can_begin_for_fail_and_so_do_those_that_follow():
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    lane = Lane("reader", [Session(connection)], read_each, batch_limit=64)
    connection.close()

    for _ in range(2):
        reads = [lane.do(lambda session: session.rows(COUNT)) for _ in range(2)]
        found = await asyncio.wait_for(asyncio.gather(*reads, return_exceptions=True), 10)
        assert [type(error) for error in found] == [StorageError, StorageError]

    await asyncio.to_thread(lane.close)


async def test_what_was_asked_for_in_this_turn_is_done_by_a_lane_that_is_closed():
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    lane = Lane("reader", [Session(connection)], read_each, batch_limit=64)
    asked = asyncio.ensure_future(lane.do(lambda _: "done"))
    asyncio.get_running_loop().call_soon(lane.close)

    assert await asked == "done"

    connection.close()


async def test_a_read_does_not_wait_behind_searches(database: Database):
    may_end = Event()
    searches = [
        asyncio.ensure_future(database.search(lambda _: may_end.wait(10))) for _ in range(8)
    ]
    await asyncio.sleep(0)

    assert await count(database) == 0

    may_end.set()
    assert all(await asyncio.gather(*searches))


async def test_readers_cannot_write(database: Database):
    for reading in (database.read, database.search):
        with pytest.raises(StorageError, match="readonly"):
            await reading(keep_a_new_one)


async def test_more_than_one_batch_can_take_are_all_done(database: Database):
    async with held_up(database):
        writes = [asyncio.ensure_future(database.write(keep_a_new_one)) for _ in range(2_500)]
        await asyncio.sleep(0)
    await asyncio.gather(*writes)

    counts = await asyncio.gather(*(count(database) for _ in range(100)))
    assert set(counts) == {2_500}
