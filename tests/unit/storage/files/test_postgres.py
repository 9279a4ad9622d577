"""File contents in PostgreSQL: what leaves the disk, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.support.file_records import keep_file
from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT
from threadkeep.errors import MissingError, StorageError
from threadkeep.storage.files.postgres import PostgresContents
from threadkeep.storage.postgres import PostgresStorage

DAY = 24 * 60 * 60
LIMIT = 10_000_000


@pytest.fixture
async def storage(postgres_dsn: str, manual_clock: ManualClock) -> AsyncIterator[PostgresStorage]:
    storage = PostgresStorage(postgres_dsn, manual_clock)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def contents(postgres_dsn: str, manual_clock: ManualClock) -> AsyncIterator[PostgresContents]:
    contents = PostgresContents(postgres_dsn, manual_clock)
    await contents.open()
    yield contents
    await contents.close()


async def in_parts(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def write(contents: PostgresContents, file_id: str, size: int = 10) -> None:
    await contents.write(PROJECT, file_id, in_parts(b"x" * size), limit=LIMIT)


async def read(contents: PostgresContents, file_id: str) -> bytes:
    return b"".join([part async for part in contents.read(PROJECT, file_id)])


async def pieces(dsn: str) -> list[int]:
    """The sizes of all pieces in the database."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "select length(bytes) from file_pieces order by content, position"
        )
    finally:
        await connection.close()
    return [row[0] for row in rows]


async def test_a_content_stands_in_pieces_of_a_megabyte(
    contents: PostgresContents, postgres_dsn: str
):
    parts = [b"x" * 300_000] * 10

    await contents.write(PROJECT, "file-1", in_parts(*parts), limit=LIMIT)

    assert await pieces(postgres_dsn) == [1_048_576, 1_048_576, 902_848]


async def test_what_was_deleted_leaves_the_disk_a_day_later(
    contents: PostgresContents, manual_clock: ManualClock, postgres_dsn: str
):
    await write(contents, "file-1")
    await contents.delete(PROJECT, "file-1")

    manual_clock.advance(DAY - 1)
    assert await contents.sweep(10) == 0
    assert await pieces(postgres_dsn) == [10]
    manual_clock.advance(1)
    assert await contents.sweep(10) == 1
    assert await pieces(postgres_dsn) == []


async def test_bytes_that_no_file_is_known_of_go_after_a_day(
    storage: PostgresStorage, contents: PostgresContents, manual_clock: ManualClock
):
    await write(contents, "file-1")
    await write(contents, "file-2")
    await keep_file(storage, id="file-1")
    await keep_file(storage, "theirs", id="file-2")

    manual_clock.advance(DAY - 1)
    assert await contents.sweep(10) == 0
    manual_clock.advance(1)
    assert await contents.sweep(10) == 2

    assert await contents.names() == [(PROJECT, "file-1")]
    assert len(await read(contents, "file-1")) == 10
    with pytest.raises(MissingError):
        await read(contents, "file-2")


async def test_what_belongs_to_a_file_is_looked_at_once(
    storage: PostgresStorage, contents: PostgresContents, manual_clock: ManualClock
):
    for number in range(5):
        await write(contents, f"file-{number}")
        await keep_file(storage, id=f"file-{number}")
    manual_clock.advance(DAY)

    assert [await contents.sweep(2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(await contents.names()) == 5


async def test_the_bytes_of_a_deleted_file_go_even_if_nobody_comes_to_delete_them(
    storage: PostgresStorage,
    contents: PostgresContents,
    manual_clock: ManualClock,
    postgres_dsn: str,
):
    await write(contents, "file-1")
    await keep_file(storage, id="file-1")
    manual_clock.advance(DAY)
    assert await contents.sweep(10) == 1

    await storage.files.delete(PROJECT, "file-1")

    assert await contents.names() == []
    manual_clock.advance(DAY)
    assert await contents.sweep(10) == 1
    assert await pieces(postgres_dsn) == []


async def test_what_a_crash_left_half_written_goes_after_a_day(
    contents: PostgresContents, manual_clock: ManualClock, postgres_dsn: str
):
    has_begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        has_begun.set()
        await asyncio.Event().wait()

    crashing = PostgresContents(postgres_dsn, manual_clock)
    await crashing.open()
    writing = asyncio.ensure_future(crashing.write(PROJECT, "file-1", endless(), limit=LIMIT))
    await has_begun.wait()
    await crashing.close()  # so it can clean up no more
    writing.cancel()
    await asyncio.wait([writing])
    assert len(await pieces(postgres_dsn)) == 1

    manual_clock.advance(DAY)

    assert await contents.sweep(10) == 1
    assert await pieces(postgres_dsn) == []


async def test_who_reads_what_was_deleted_longer_than_a_day_ago_is_told(
    contents: PostgresContents, manual_clock: ManualClock
):
    await write(contents, "file-1", 3_000_000)
    parts = contents.read(PROJECT, "file-1")
    await anext(parts)
    await contents.delete(PROJECT, "file-1")
    manual_clock.advance(DAY)
    await contents.sweep(10)

    with pytest.raises(StorageError, match="deleted"):
        await anext(parts)


async def test_several_nodes_that_sweep_at_once_do_not_meet(
    contents: PostgresContents, manual_clock: ManualClock, postgres_dsn: str
):
    for number in range(20):
        await write(contents, f"file-{number}")
        await contents.delete(PROJECT, f"file-{number}")
    manual_clock.advance(DAY)
    other = PostgresContents(postgres_dsn, manual_clock)
    await other.open()

    swept = await asyncio.gather(*(node.sweep(20) for node in (contents, other) * 2))
    await other.close()

    assert sum(swept) == 20
    assert await pieces(postgres_dsn) == []
