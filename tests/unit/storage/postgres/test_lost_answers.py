"""The answer to COMMIT is lost, or COMMIT itself: what the caller is told is what is in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import msgspec
import pytest
from msgspec.structs import replace

from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_run,
    keep_thread,
    new_message,
    new_step,
    new_thread,
    started,
    with_status,
)
from tests.support.tcp_proxy import TCPProxy
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.query import parse_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.page import PageQuery

COMMIT = b"commit\0"
ADD = parse_query("test/add", "update checks set checked_at = checked_at + interval '1 second'")
READ = parse_query("test/read", "select extract(epoch from checked_at)::int from checks")
KEEP = parse_query("test/keep", "insert into checks values (1, 'epoch')")


@pytest.fixture
def way(postgres_dsn: str) -> Iterator[TCPProxy]:
    """A way to the server that loses what it is told to."""
    with TCPProxy(urlsplit(postgres_dsn).port or 0) as way:
        yield way


@pytest.fixture
def dsn(postgres_dsn: str, way: TCPProxy) -> str:
    parts = urlsplit(postgres_dsn)
    return parts._replace(netloc=f"postgres@127.0.0.1:{way.port}").geturl()


@pytest.fixture
async def storage(dsn: str) -> AsyncIterator[PostgresStorage]:
    storage = PostgresStorage(dsn)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    database = Database(dsn)
    await database.open(auto_migrate=True)
    await database.write(lambda session: session.change(KEEP))
    yield database
    await database.close()


async def count_of(database: Database) -> int:
    row = await database.read(lambda session: session.row(READ))
    assert row is not None
    return row[0]


async def test_what_was_committed_is_not_done_again(database: Database, way: TCPProxy):
    way.lose_answers(COMMIT, 5)

    for number in range(5):
        assert await database.write(lambda session: session.change(ADD)) == 1
        assert await count_of(database) == number + 1

    assert way.lost_answers == 5


async def test_what_was_never_asked_to_be_committed_is_done_again(
    database: Database, way: TCPProxy
):
    tries = 0

    async def work(session: Session) -> int:
        nonlocal tries
        tries += 1
        changed = await session.change(ADD)
        if tries == 1:
            way.cut()  # COMMIT stays on the way
            asyncio.get_running_loop().call_later(0.1, lambda: (way.drop(), way.mend()))
        return changed

    assert await database.write(work) == 1

    assert tries == 2
    assert await count_of(database) == 1


async def test_of_many_messages_each_is_kept_once_and_in_the_order_of_the_acknowledgements(
    storage: PostgresStorage, way: TCPProxy
):
    thread = await keep_thread(storage)
    messages = [new_message(thread) for _ in range(200)]
    way.lose_answers(COMMIT, 10)

    for first in range(0, 200, 20):
        await asyncio.gather(
            *(storage.messages.insert(PROJECT, m) for m in messages[first : first + 20])
        )

    page = await storage.messages.page(PROJECT, thread.id, PageQuery(order="asc", limit=1_000))
    assert [item["id"] for item in map(_object, page.items)] == [m.id for m in messages]
    assert way.lost_answers == 10


async def test_a_change_that_went_through_is_told_as_such(storage: PostgresStorage, way: TCPProxy):
    thread = await keep_thread(storage)
    way.lose_answers(COMMIT, 1)

    assert await storage.threads.update(PROJECT, replace(thread, metadata={"k": "v"}), 1)

    assert way.lost_answers == 1


async def test_the_claimant_of_a_run_learns_that_it_has_it(storage: PostgresStorage, way: TCPProxy):
    record = await keep_run(storage)
    way.lose_answers(COMMIT, 1)

    (claimed,) = await storage.runs.claim("worker-1", started, limit=1)

    assert (claimed.run.id, claimed.epoch, claimed.worker) == (record.run.id, 1, "worker-1")
    assert way.lost_answers == 1


async def test_whoever_ended_a_run_learns_that_it_did(storage: PostgresStorage, way: TCPProxy):
    record = await keep_claimed_run(storage)
    step = new_step(record.run)
    way.lose_answers(COMMIT, 1)

    ended = await storage.runs.write(record, steps=[step], after=with_status(record, "completed"))

    assert ended is not None
    assert ended.run.status == "completed"
    of_run = await storage.run_steps.of_runs(PROJECT, record.run.thread_id, [record.run.id])
    assert of_run == [step]
    assert way.lost_answers == 1


async def test_a_new_object_is_not_taken_for_one_that_was_there(
    storage: PostgresStorage, way: TCPProxy
):
    way.lose_answers(COMMIT, 1)
    thread = new_thread()

    await storage.threads.insert(PROJECT, thread)

    assert await storage.threads.find(PROJECT, thread.id) is not None
    assert way.lost_answers == 1


def _object(raw: bytes) -> dict[str, object]:
    return msgspec.json.decode(raw)
