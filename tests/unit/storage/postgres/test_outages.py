"""PostgreSQL is killed, frozen, away and replaced; callers wait and are told the truth."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.message_load import MessageLoad
from tests.support.postgres_server import PostgresServer
from tests.support.records import PROJECT, keep_thread, new_message, new_thread
from tests.support.tcp_proxy import TCPProxy
from threadkeep.errors import StorageError
from threadkeep.storage.postgres import PostgresStorage, pool, primary, transaction
from threadkeep.types.page import PageQuery

KILLS = 5


async def until_there_are(server: PostgresServer, count: int, what: str) -> None:
    """Wait until so many of the server's connections are so."""
    sql = f"select count(*) from pg_stat_activity where {what}"

    def wait() -> None:
        while server.run_sql(sql) != str(count):
            time.sleep(0.02)

    await asyncio.to_thread(wait)


@pytest.mark.timeout(180)
async def test_a_server_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(
    own_postgres: PostgresServer,
):
    storage = PostgresStorage(own_postgres.dsn())
    await storage.open()

    async with MessageLoad(storage) as load:
        for _ in range(KILLS):
            await load.more(200)
            await asyncio.to_thread(own_postgres.kill)
            await asyncio.to_thread(own_postgres.start)
        await load.more(200)

    await load.compare(storage)
    await storage.close()


async def test_a_server_that_is_shut_down_and_started_is_waited_for(own_postgres: PostgresServer):
    storage = PostgresStorage(own_postgres.dsn())
    await storage.open()
    thread = await keep_thread(storage)

    await asyncio.to_thread(own_postgres.stop)
    calls = [
        asyncio.ensure_future(storage.messages.insert(PROJECT, new_message(thread))),
        asyncio.ensure_future(storage.threads.find(PROJECT, thread.id)),
        asyncio.ensure_future(storage.check()),
    ]
    await asyncio.to_thread(own_postgres.start)
    await asyncio.gather(*calls)

    assert len((await storage.messages.page(PROJECT, thread.id, PageQuery())).items) == 1
    await storage.close()


async def test_an_outage_that_lasts_too_long_is_told_and_what_was_not_kept_is_not_there(
    own_postgres: PostgresServer,
):
    storage = PostgresStorage(own_postgres.dsn(), patience_seconds=0.5)
    await storage.open()
    thread, other = await keep_thread(storage), new_thread()
    await asyncio.to_thread(own_postgres.kill)

    with pytest.raises(StorageError, match="PostgreSQL database 127"):
        await storage.messages.insert(PROJECT, new_message(thread))
    with pytest.raises(StorageError):
        await storage.threads.update(PROJECT, other, 1)
    with pytest.raises(StorageError):
        await storage.threads.find(PROJECT, thread.id)
    with pytest.raises(StorageError):
        await storage.check()

    await asyncio.to_thread(own_postgres.start)
    await storage.check()
    assert (await storage.messages.page(PROJECT, thread.id, PageQuery())).items == []
    await storage.close()


async def test_a_server_that_is_still_starting_is_waited_for(own_postgres: PostgresServer):
    await asyncio.to_thread(own_postgres.kill)
    storage = PostgresStorage(own_postgres.dsn())

    opening = asyncio.ensure_future(storage.open())
    await asyncio.sleep(0)
    await asyncio.to_thread(own_postgres.start)
    await opening

    await storage.check()
    await storage.close()


async def test_a_server_that_says_nothing_any_more_does_not_hold_up_callers_for_ever(
    own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool, "_ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(primary, "_CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(pool, "_CLOSE_SECONDS", 0.3)
    storage = PostgresStorage(own_postgres.dsn(), patience_seconds=1.0)
    await storage.open()
    thread = await keep_thread(storage)

    own_postgres.freeze()
    with pytest.raises(StorageError):
        await storage.threads.find(PROJECT, thread.id)
    with pytest.raises(StorageError):
        await storage.messages.insert(PROJECT, new_message(thread))
    own_postgres.thaw()

    assert await storage.threads.find(PROJECT, thread.id) is not None
    await storage.close()


async def test_a_database_that_is_not_there_is_told_at_once(own_postgres: PostgresServer):
    storage = PostgresStorage(own_postgres.dsn("absent"))
    began = time.monotonic()

    with pytest.raises(StorageError, match="absent"):
        await storage.open()

    assert time.monotonic() - began < 10


@pytest.mark.timeout(180)
async def test_a_standby_takes_over_with_all_that_was_acknowledged(
    own_postgres: PostgresServer, standby_postgres: PostgresServer
):
    both = own_postgres.dsn().replace(
        own_postgres.host, f"{own_postgres.host},{standby_postgres.host}"
    )
    storage = PostgresStorage(both)
    await storage.open()

    async with MessageLoad(storage) as load:
        await load.more(300)
        await asyncio.to_thread(own_postgres.kill)
        await asyncio.sleep(0.5)  # an outage, as long as it takes to notice it
        await asyncio.to_thread(standby_postgres.promote)
        await load.more(300)

    await load.compare(storage)
    await storage.close()


@pytest.mark.timeout(180)
async def test_a_primary_that_falls_silent_does_not_hide_the_one_that_took_over(
    own_postgres: PostgresServer,
    standby_postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
):
    """As when its machine is gone: nothing refuses, nothing answers."""
    monkeypatch.setattr(pool, "_ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(transaction, "_COMMIT_SECONDS", 0.5)
    monkeypatch.setattr(primary, "_CONNECT_SECONDS", 0.5)
    hosts = f"{own_postgres.host},{standby_postgres.host}"
    storage = PostgresStorage(own_postgres.dsn().replace(own_postgres.host, hosts))
    await storage.open()

    async with MessageLoad(storage) as load:
        await load.more(300)
        own_postgres.freeze()
        await asyncio.to_thread(standby_postgres.promote)
        await load.more(300)

    await load.compare(storage)
    await storage.close()


@pytest.mark.timeout(180)
async def test_a_commit_that_waits_for_its_standby_is_not_taken_for_lost(
    own_postgres: PostgresServer, standby_postgres: PostgresServer
):
    """The connection breaks while COMMIT is under way: to try again waits for it, and does nothing twice."""
    with TCPProxy(own_postgres.port) as way:
        storage = PostgresStorage(own_postgres.dsn().replace(str(own_postgres.port), str(way.port)))
        await storage.open()
        thread = await keep_thread(storage)

        standby_postgres.freeze()
        insert = asyncio.ensure_future(storage.messages.insert(PROJECT, new_message(thread)))
        await until_there_are(own_postgres, 1, "wait_event = 'SyncRep'")
        way.drop()
        await until_there_are(own_postgres, 1, "wait_event_type = 'Lock'")
        assert not insert.done()
        standby_postgres.thaw()
        await insert

        assert len((await storage.messages.page(PROJECT, thread.id, PageQuery())).items) == 1
        await storage.close()
