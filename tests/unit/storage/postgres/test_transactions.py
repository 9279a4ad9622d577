"""Work in a transaction: all of it or nothing, once, and the truth about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.support.tcp_proxy import TCPProxy
from threadkeep.errors import MissingError, StorageError
from threadkeep.storage.postgres import commit_mark
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.query import parse_query
from threadkeep.storage.postgres.session import Session

ADD = parse_query("test/add", "insert into workers (id, lease_until) values (:id, 0)")
RENAME = parse_query("test/rename", "update workers set lease_until = :until where id = :id")
FIND = parse_query("test/find", "select lease_until from workers where id = :id")
COUNT = parse_query("test/count", "select count(*) from workers")
PLANS = parse_query(
    "test/plans",
    "select generic_plans, custom_plans from pg_prepared_statements where name = 'commit_mark'",
)
MARKS = parse_query("test/marks", "select count(*) from commit_marks")


async def count(database: Database, query=COUNT) -> int:
    row = await database.read(lambda session: session.row(query))
    assert row is not None
    return row[0]


async def add(session: Session, name: str = "one") -> int:
    return await session.change(ADD, id=name)


async def test_work_that_raises_has_written_nothing(postgres_database: Database):
    async def work(session: Session) -> None:
        await add(session)
        raise MissingError("thread", "thread_x")

    with pytest.raises(MissingError):
        await postgres_database.write(work)

    assert await count(postgres_database) == 0


async def test_a_statement_that_fails_is_a_storage_error_with_its_cause(
    postgres_database: Database,
):
    await postgres_database.write(add)

    with pytest.raises(StorageError, match="duplicate key") as failed:
        await postgres_database.write(add)

    assert isinstance(failed.value.__cause__, asyncpg.UniqueViolationError)


async def test_work_that_overlooks_a_failure_is_not_taken_for_done(postgres_database: Database):
    await postgres_database.write(add)

    async def work(session: Session) -> None:
        await add(session, "two")
        with suppress(asyncpg.UniqueViolationError):
            await add(session)

    with pytest.raises(StorageError, match="given up"):
        await postgres_database.write(work)

    assert await count(postgres_database) == 1


async def test_a_write_is_done_even_if_its_caller_went_away(postgres_database: Database):
    write = asyncio.ensure_future(postgres_database.write(add))
    await asyncio.sleep(0)
    write.cancel()
    with suppress(asyncio.CancelledError):
        await write

    await postgres_database.close()
    await postgres_database.open(auto_migrate=False)
    assert await count(postgres_database) == 1


async def test_of_two_that_wait_for_each_other_one_is_tried_again(postgres_database: Database):
    await postgres_database.write(add)
    await postgres_database.write(lambda session: add(session, "two"))
    both_have_one = asyncio.Barrier(2)
    tries = 0

    async def change(first: str, second: str, until: float) -> None:
        async def work(session: Session) -> None:
            nonlocal tries
            tries += 1
            await session.change(RENAME, id=first, until=until)
            if tries <= 2:
                await both_have_one.wait()
            await session.change(RENAME, id=second, until=until)

        await postgres_database.write(work)

    await asyncio.gather(change("one", "two", 1.0), change("two", "one", 2.0))

    assert tries == 3
    rows = [await postgres_database.read(lambda s, n=n: s.row(FIND, id=n)) for n in ("one", "two")]
    assert rows[0] == rows[1]


async def test_one_that_waits_too_long_for_a_lock_is_tried_again_and_leaves_no_trace(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(commit_mark, "STATEMENT_SECONDS", 0.1)
    database = Database(postgres_dsn, connections=1)
    await database.open(auto_migrate=True)
    await database.write(add)
    somebody = await asyncpg.connect(postgres_dsn)
    await somebody.execute("begin")
    await somebody.execute("select from commit_marks for update")

    write = asyncio.ensure_future(database.write(lambda session: add(session, "two")))
    assert await count(database) == 1  # by the only connection, between two tries
    await somebody.close()
    await write

    assert await count(database) == 2
    await database.close()


async def test_what_a_process_that_fell_silent_has_locked_is_free_soon(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(commit_mark, "IDLE_SECONDS", 0.1)
    silent, other = Database(postgres_dsn), Database(postgres_dsn)
    for database in (silent, other):
        await database.open(auto_migrate=True)
    await other.write(add)
    has_locked, speaks_again = asyncio.Event(), asyncio.Event()

    async def lock(session: Session) -> None:
        await session.change(RENAME, id="one", until=1.0)
        has_locked.set()
        await speaks_again.wait()

    write = asyncio.ensure_future(silent.write(lock))
    await has_locked.wait()
    await other.write(lambda session: session.change(RENAME, id="one", until=2.0))
    assert not write.done()
    speaks_again.set()
    await write  # is tried again

    assert await other.read(lambda session: session.row(FIND, id="one")) == (1.0,)
    for database in (silent, other):
        await database.close()


async def test_writers_that_follow_each_other_share_a_mark(postgres_database: Database):
    before = await count(postgres_database, MARKS)

    for number in range(10):
        await postgres_database.write(lambda session, n=number: add(session, str(n)))

    assert await count(postgres_database, MARKS) <= before + 1


async def test_what_transactions_begin_with_is_planned_once(postgres_dsn: str):
    database = Database(postgres_dsn, connections=1)
    await database.open(auto_migrate=True)

    for number in range(5):
        await database.write(lambda session, n=number: add(session, str(n)))

    plans = await database.read(lambda session: session.row(PLANS))
    assert plans == (5, 0)
    await database.close()


async def test_what_is_asked_for_by_a_text_that_cannot_be_is_not_there(
    postgres_database: Database,
):
    assert await postgres_database.read(lambda s: s.row(FIND, id="a\0b")) is None


@pytest.fixture
async def short_of_patience(postgres_dsn: str) -> AsyncIterator[tuple[Database, TCPProxy]]:
    parts = urlsplit(postgres_dsn)
    with TCPProxy(parts.port or 0) as way:
        dsn = parts._replace(netloc=f"postgres@127.0.0.1:{way.port}").geturl()
        database = Database(dsn, patience_seconds=0.3)
        await database.open(auto_migrate=True)
        yield database, way
        await database.close()


async def test_a_write_whose_end_stays_unknown_is_told_as_such(
    short_of_patience: tuple[Database, TCPProxy],
):
    database, way = short_of_patience

    async def work(session: Session) -> None:
        await add(session)
        way.lose_answers(
            b"", 1_000
        )  # from now on all of them: COMMIT, and whatever is asked after it

    with pytest.raises(StorageError, match="not known"):
        await database.write(work)

    way.lose_answers(b"", 0)
    assert await count(database) == 1
