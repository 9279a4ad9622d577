"""Bringing a database's schema up to date, while nodes of several versions are at work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from tests.support.manual_clock import ManualClock
from tests.support.postgres_databases import bare_database
from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_ended_run,
    keep_thread,
    new_message,
    new_step,
    new_thread,
    with_status,
)
from threadkeep.errors import StorageError
from threadkeep.storage.postgres import PostgresStorage, migration
from threadkeep.storage.postgres.migration import Migration, migrations
from threadkeep.types.codec import decode
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery

NEWEST = len(migrations())
IN_PARTS = 5
"""The last version in which messages, runs and run steps were spread over parts."""


@pytest.fixture
def bare_dsn() -> Iterator[str]:
    """The address of a database in which there is nothing yet."""
    with bare_database() as dsn:
        yield dsn


@pytest.fixture
def know(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this node one that knows other migrations."""

    def know(*known: Migration) -> None:
        monkeypatch.setattr(migration, "migrations", lambda: known)

    return know


async def ask(dsn: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def version_of(dsn: str) -> int:
    ((version,),) = await ask(dsn, "select max(version) from schema_version")
    return version


async def test_an_empty_database_is_set_up_as_it_is_opened(bare_dsn: str):
    storage = PostgresStorage(bare_dsn)

    await storage.open()

    await keep_thread(storage)
    assert await version_of(bare_dsn) == NEWEST
    await storage.close()


async def test_of_nodes_that_start_at_once_one_migrates(bare_dsn: str):
    nodes = [PostgresStorage(bare_dsn) for _ in range(5)]

    await asyncio.gather(*(node.open() for node in nodes))

    assert await ask(bare_dsn, "select version from schema_version order by 1") == [
        (number,) for number in range(1, NEWEST + 1)
    ]
    for node in nodes:
        await node.close()


async def test_to_migrate_tells_from_where_to_where(bare_dsn: str):
    storage = PostgresStorage(bare_dsn)

    assert await storage.migrate() == (0, NEWEST)
    assert await storage.migrate() == (NEWEST, NEWEST)


async def test_a_node_that_may_not_migrate_says_what_to_do(bare_dsn: str):
    storage = PostgresStorage(bare_dsn, auto_migrate=False)

    with pytest.raises(StorageError, match="threadkeep migrate"):
        await storage.open()

    await storage.migrate()
    await storage.open()
    await storage.check()
    await storage.close()


async def test_an_older_node_goes_on_beside_a_newer_one_that_only_added(
    postgres_dsn: str, know: Callable[..., None], manual_clock: ManualClock
):
    known = migrations()
    old = PostgresStorage(postgres_dsn, manual_clock)
    await old.open()
    thread = await keep_thread(old)
    script = "alter table threads add column color text;"
    know(*known, Migration(NEWEST + 1, 1, script))

    new = PostgresStorage(postgres_dsn, manual_clock)
    await new.open()
    assert await old.threads.find(PROJECT, thread.id) is not None
    await keep_thread(old)
    know(*known)
    another_old = PostgresStorage(postgres_dsn, manual_clock)
    await another_old.open()

    assert await version_of(postgres_dsn) == NEWEST + 1
    for node in (old, new, another_old):
        await node.close()
    await ask(postgres_dsn, "alter table threads drop column color")
    await ask(postgres_dsn, f"delete from schema_version where version > {NEWEST}")


async def test_a_node_that_is_too_old_for_a_database_says_so(bare_dsn: str):
    storage = PostgresStorage(bare_dsn)
    await storage.migrate()
    newer = NEWEST + 3
    await ask(bare_dsn, f"insert into schema_version values ({newer}, {newer})")

    with pytest.raises(StorageError, match=f"schema version {newer}, .* knows up to {NEWEST}"):
        await storage.open()


async def test_a_step_that_fails_leaves_nothing_behind(bare_dsn: str, know: Callable[..., None]):
    broken = "create table half (id integer); insert into absent values (1);"
    know(*migrations(), Migration(NEWEST + 1, 1, broken))

    with pytest.raises(StorageError, match="absent"):
        await PostgresStorage(bare_dsn).open()

    assert await version_of(bare_dsn) == NEWEST
    assert await ask(bare_dsn, "select to_regclass('half')") == [(None,)]


async def test_a_database_of_somebody_elses_is_left_alone(bare_dsn: str):
    await ask(bare_dsn, "create table threads (subject text)")

    with pytest.raises(StorageError, match="did not make"):
        await PostgresStorage(bare_dsn).open()

    assert await ask(bare_dsn, "select to_regclass('schema_version')") == [(None,)]


async def test_records_that_lay_in_parts_are_there_when_these_are_one_table_and_a_node_at_work_goes_on(
    bare_dsn: str, know: Callable[..., None]
):
    known = migrations()
    know(*known[:IN_PARTS])
    node = PostgresStorage(bare_dsn)
    await node.open()
    thread = await keep_thread(node)
    ended, held = await keep_ended_run(node, thread), await keep_claimed_run(node)
    steps = [new_step(held.run, status="in_progress")]
    said = [new_message(new_thread(id=held.run.thread_id), run_id=held.run.id)]
    assert await node.runs.write(held, steps=steps, messages=said) == held

    know(*known)
    assert await PostgresStorage(bare_dsn).migrate() == (IN_PARTS, NEWEST)

    assert await node.runs.find(PROJECT, thread.id, ended.run.id) == ended
    after = with_status(held, "completed")
    written = await node.runs.write(held, steps=steps, messages=said, after=after)
    assert written == replace(after, revision=held.revision + 1)
    await node.messages.insert(PROJECT, new_message(thread))
    assert await node.threads.delete(PROJECT, thread.id)
    assert await node.runs.find(PROJECT, thread.id, ended.run.id) is None
    assert await node.run_steps.of_runs(PROJECT, held.run.thread_id, [held.run.id]) == steps
    (message,) = (await node.messages.page(PROJECT, held.run.thread_id, PageQuery())).items
    assert decode(message, Message) == said[0]
    await node.close()


def test_each_step_says_which_nodes_can_live_with_it():
    for step in migrations():
        assert 1 <= step.oldest_node <= step.number
    assert [step.number for step in migrations()] == list(range(1, NEWEST + 1))
