"""Opening, closing and checking every storage."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.manual_clock import ManualClock
from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_ended_run,
    keep_thread,
    new_message,
    new_step,
    new_thread,
)
from tests.support.storages import LASTING, STORAGES
from threadkeep.errors import StorageError
from threadkeep.storage import Storage
from threadkeep.types.page import PageQuery


async def test_an_open_storage_passes_its_check_and_has_a_name(storage: Storage):
    await storage.check()
    await storage.check()

    assert storage.label


async def test_a_storage_can_be_told_twice_to_open_and_to_close(storage: Storage):
    thread = await keep_thread(storage)
    await storage.open()
    assert await storage.threads.find(PROJECT, thread.id) is not None

    await storage.close()
    await storage.close()


@pytest.mark.parametrize("kind", list(STORAGES))
async def test_a_storage_that_is_not_open_says_so(
    kind: str, tmp_path: Path, manual_clock: ManualClock
):
    storage = STORAGES[kind](tmp_path, manual_clock)

    with pytest.raises(StorageError, match="not open"):
        await storage.threads.find(PROJECT, "thread_x")
    with pytest.raises(StorageError, match="not open"):
        await storage.check()
    await storage.close()


async def test_a_closed_storage_says_so(storage: Storage):
    await storage.close()

    with pytest.raises(StorageError, match="not open"):
        await storage.threads.insert(PROJECT, new_thread())
    with pytest.raises(StorageError, match="not open"):
        await storage.threads.find(PROJECT, "thread_x")
    with pytest.raises(StorageError, match="not open"):
        await storage.check()


async def test_what_was_begun_before_the_end_is_finished(storage: Storage):
    threads = [new_thread() for _ in range(100)]
    writes = [asyncio.ensure_future(storage.threads.insert(PROJECT, t)) for t in threads]
    await asyncio.sleep(0)

    await storage.close()

    assert await asyncio.gather(*writes) == [None] * 100


@pytest.mark.parametrize("kind", LASTING)
async def test_records_outlive_the_storage_that_kept_them(
    kind: str, tmp_path: Path, manual_clock: ManualClock
):
    first = STORAGES[kind](tmp_path, manual_clock)
    await first.open()
    thread = await keep_thread(first)
    messages = [new_message(thread) for _ in range(3)]
    for message in messages:
        await first.messages.insert(PROJECT, message)
    ended = await keep_ended_run(first, thread)
    await first.close()

    second = STORAGES[kind](tmp_path, manual_clock)
    await second.open()
    page = await second.messages.page(PROJECT, thread.id, PageQuery(order="asc"))
    found = await second.runs.find(PROJECT, thread.id, ended.run.id)
    await second.close()

    assert (page.first_id, page.last_id, len(page.items)) == (messages[0].id, messages[2].id, 3)
    assert found == ended


@pytest.mark.parametrize("kind", LASTING)
async def test_a_storage_gives_up_earlier_leases_as_it_opens_if_nobody_else_can_hold_one(
    kind: str, tmp_path: Path, manual_clock: ManualClock
):
    first = STORAGES[kind](tmp_path, manual_clock)
    await first.open()
    await first.workers.renew("worker-1", 60)
    claimed = await keep_claimed_run(first, "worker-1")
    await first.runs.write(claimed, steps=[new_step(claimed.run)])
    await first.close()

    second = STORAGES[kind](tmp_path, manual_clock)
    await second.open()
    orphans = await second.runs.orphans(10)
    await second.close()

    assert orphans == ([claimed] if second.exclusive else [])
