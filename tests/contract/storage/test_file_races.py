"""Calls about files that meet at the same moment: whoever comes first, what is left fits together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.support.file_records import (
    UNREADABLE,
    add_file,
    add_text,
    found_vector_store,
    keep_file,
    keep_vector_store,
    new_batch,
    new_vector_store_file,
)
from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT, new_assistant, new_thread
from threadkeep.errors import MissingError, VectorStoreExpiredError
from threadkeep.storage import Chunk, KeptAnswer, Storage
from threadkeep.types.file import File
from threadkeep.types.page import PageQuery
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources
from threadkeep.types.vector_store import ExpiresAfter, FileCounts, VectorStore

ALL = PageQuery(limit=1_000, order="asc")


async def at_once(calls: Iterable[Awaitable[Any]]) -> list[Any]:
    """What each call gave, or the refusal that it met; anything else that it raises is raised."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(
            result, MissingError | VectorStoreExpiredError
        ):
            raise result
    return results


async def statuses_in(storage: Storage, store: VectorStore) -> dict[str, str]:
    """The status of each file that the vector store lists."""
    page = await storage.vector_store_files.page(PROJECT, store.id, ALL)
    files = [msgspec.json.decode(body) for body in page.items]
    return {file["id"]: file["status"] for file in files}


async def counts_fit(storage: Storage, store: VectorStore) -> FileCounts:
    """The counts of the vector store, which are those of the files that it lists."""
    listed = Counter((await statuses_in(storage, store)).values())
    counts = (await found_vector_store(storage, store)).file_counts
    assert counts == FileCounts(**listed, total=listed.total())
    return counts


def listing(*files: File) -> ToolResources:
    file_ids = [file.id for file in files]
    return ToolResources(code_interpreter=CodeInterpreterResources(file_ids=file_ids))


async def test_a_file_that_is_deleted_as_it_is_added_is_in_no_vector_store(storage: Storage):
    stores = [await keep_vector_store(storage) for _ in range(3)]
    files = [await keep_file(storage) for _ in range(8)]
    everywhere = [(store, file) for store in stores for file in files]

    await at_once(
        [
            *(storage.files.delete(PROJECT, file.id) for file in files[::2]),
            *(
                storage.vector_store_files.insert(PROJECT, new_vector_store_file(store, file))
                for store, file in everywhere
            ),
            *(storage.files.delete(PROJECT, file.id) for file in files[1:6:2]),
        ]
    )

    for store in stores:
        assert list(await statuses_in(storage, store)) in ([], [files[7].id])
        await counts_fit(storage, store)


async def test_a_batch_of_files_that_are_deleted_meanwhile_is_whole_or_not_there(
    storage: Storage,
):
    stores = [await keep_vector_store(storage) for _ in range(2)]
    files = [await keep_file(storage) for _ in range(10)]
    batches = [new_batch(store) for store in stores for _ in range(3)]

    results = await at_once(
        [
            *(
                storage.file_batches.insert(
                    PROJECT,
                    batch,
                    [new_vector_store_file(stores[0], file) for file in order]
                    if batch.vector_store_id == stores[0].id
                    else [new_vector_store_file(stores[1], file) for file in order],
                )
                for batch, order in zip(batches, [files, files[::-1]] * 3, strict=True)
            ),
            storage.files.delete(PROJECT, files[4].id),
        ]
    )

    for batch, result in zip(batches, results, strict=False):
        found = await storage.file_batches.find(PROJECT, batch.vector_store_id, batch.id)
        assert (found is None) == isinstance(result, MissingError)
    for store in stores:
        listed = await statuses_in(storage, store)
        assert set(listed) in ({file.id for file in files} - {files[4].id}, set())
        await counts_fit(storage, store)


async def test_nobody_lists_a_file_that_was_deleted_meanwhile(storage: Storage):
    files = [await keep_file(storage) for _ in range(4)]
    assistants = [new_assistant() for _ in range(8)]
    threads = [new_thread() for _ in range(8)]
    for assistant, thread in zip(assistants[:4], threads[:4], strict=True):
        await storage.assistants.insert(PROJECT, assistant)
        await storage.threads.insert(PROJECT, thread)

    resources = [listing(*files), listing(*files[::-1]), listing(files[1]), listing(files[2])] * 2
    assistants = [
        replace(assistant, tool_resources=listed)
        for assistant, listed in zip(assistants, resources, strict=True)
    ]
    threads = [
        replace(thread, tool_resources=listed)
        for thread, listed in zip(threads, resources, strict=True)
    ]
    await at_once(
        [
            *(storage.assistants.update(PROJECT, assistant, 1) for assistant in assistants[:4]),
            *(storage.threads.update(PROJECT, thread, 1) for thread in threads[:4]),
            *(storage.files.delete(PROJECT, file.id) for file in files[:2]),
            *(storage.assistants.insert(PROJECT, assistant) for assistant in assistants[4:]),
            *(storage.threads.insert(PROJECT, thread) for thread in threads[4:]),
        ]
    )

    kept = [
        *[await storage.assistants.find(PROJECT, assistant.id) for assistant in assistants],
        *[await storage.threads.find(PROJECT, thread.id) for thread in threads],
    ]
    for record in kept:
        shown = record.value.tool_resources if record else None
        listed = shown.code_interpreter if shown else None
        assert not {files[0].id, files[1].id} & set((listed and listed.file_ids) or ())


async def test_files_that_end_at_once_are_all_counted(storage: Storage):
    store = await keep_vector_store(storage)
    for _ in range(30):
        await add_file(storage, store)
    records = await storage.vector_store_files.claim("worker-1", 30)
    files = storage.vector_store_files

    ended = await at_once(
        files.fail(record, UNREADABLE)
        if number % 3 == 0
        else files.complete(record, [Chunk(text="apples")] * 2, 10)
        for number, record in enumerate(records)
    )

    assert all(ended)
    assert await counts_fit(storage, store) == FileCounts(completed=20, failed=10, total=30)
    assert (await found_vector_store(storage, store)).usage_bytes == 200
    hits = await storage.chunks.search(PROJECT, [store.id], ["apples"], limit=100)
    assert len(hits) == 40


async def test_a_batch_that_is_cancelled_while_its_files_end_counts_each_once(storage: Storage):
    store = await keep_vector_store(storage)
    files = [new_vector_store_file(store, await keep_file(storage)) for _ in range(24)]
    batch = await storage.file_batches.insert(PROJECT, new_batch(store), files)
    records = await storage.vector_store_files.claim("worker-1", 24)
    complete = storage.vector_store_files.complete

    *ended, cancelled = await at_once(
        [
            *(complete(record, [Chunk(text="apples")], 10) for record in records),
            storage.file_batches.cancel(PROJECT, store.id, batch.id),
        ]
    )

    counts = await counts_fit(storage, store)
    assert counts == FileCounts(completed=ended.count(True), cancelled=ended.count(False), total=24)
    assert cancelled.file_counts == counts
    found = await storage.file_batches.find(PROJECT, store.id, batch.id)
    assert found == cancelled
    hits = await storage.chunks.search(PROJECT, [store.id], ["apples"], limit=100)
    statuses = await statuses_in(storage, store)
    assert {hit.file_id for hit in hits} == {
        file_id for file_id, status in statuses.items() if status == "completed"
    }


async def test_a_vector_store_that_is_deleted_while_files_come_and_go_leaves_nothing(
    storage: Storage,
):
    store = await keep_vector_store(storage)
    for _ in range(10):
        await add_file(storage, store)
    records = await storage.vector_store_files.claim("worker-1", 10)
    more = [await keep_file(storage) for _ in range(5)]
    files = storage.vector_store_files

    await at_once(
        [
            *(files.complete(record, [Chunk(text="apples")] * 60, 1) for record in records[:5]),
            *(files.insert(PROJECT, new_vector_store_file(store, file)) for file in more),
            storage.vector_stores.delete(PROJECT, store.id),
            *(files.delete(PROJECT, store.id, record.file.id) for record in records[3:8]),
            *(storage.files.delete(PROJECT, record.file.id) for record in records[6:]),
        ]
    )

    assert await storage.vector_stores.find(PROJECT, store.id) is None
    assert await statuses_in(storage, store) == {}
    assert await files.claim("worker-2", 100) == []
    assert await storage.chunks.search(PROJECT, [store.id], ["apples"], limit=9) == []
    while await storage.chunks.sweep(100):
        pass


async def test_each_file_is_claimed_by_one_of_many_workers(storage: Storage):
    stores = [await keep_vector_store(storage) for _ in range(3)]
    added = [await add_file(storage, store) for store in stores for _ in range(10)]
    workers = [f"worker-{number}" for number in range(6)]
    for worker in workers:
        await storage.workers.renew(worker, 60)

    async def claim_all(worker: str) -> list[str]:
        claimed: list[str] = []
        while len(records := await storage.vector_store_files.claim(worker, 4)):
            claimed += [record.file.id for record in records]
        return claimed

    claimed = await asyncio.gather(*(claim_all(worker) for worker in workers))

    assert Counter(file_id for ids in claimed for file_id in ids) == Counter(
        file.id for file in added
    )


async def test_orphans_are_taken_over_by_one_of_many_workers(
    storage: Storage, manual_clock: ManualClock
):
    store = await keep_vector_store(storage)
    for _ in range(12):
        await add_file(storage, store)
    await storage.workers.renew("worker-0", 5)
    await storage.vector_store_files.claim("worker-0", 12)
    manual_clock.advance(5)
    workers = [f"worker-{number}" for number in range(1, 7)]
    for worker in workers:
        await storage.workers.renew(worker, 60)

    claims = await at_once(storage.vector_store_files.claim(worker, 12) for worker in workers)

    records = [record for claimed in claims for record in claimed]
    assert len(records) == len({record.file.id for record in records}) == 12
    assert {record.attempts for record in records} == {2}


async def test_a_vector_store_is_used_or_expires_but_not_both(
    storage: Storage, manual_clock: ManualClock
):
    day = 24 * 60 * 60
    began = int(manual_clock.now())
    stores = [
        await keep_vector_store(storage, last_active_at=began, expires_after=ExpiresAfter(days=1))
        for _ in range(6)
    ]
    ids = [store.id for store in stores]
    for store in stores:
        await add_text(storage, store, "apples")
    manual_clock.advance(day - 1)
    await at_once(
        storage.vector_stores.touch(PROJECT, order)
        for order in [ids[:5], ids[4::-1], ids[:5], ids[4::-1]]
    )
    manual_clock.advance(1)

    await at_once(
        [
            *(storage.chunks.sweep(100) for _ in range(4)),
            *(storage.vector_stores.touch(PROJECT, order) for order in (ids, ids[::-1])),
        ]
    )

    shown = [await found_vector_store(storage, store) for store in stores]
    assert [store.status for store in shown] == ["completed"] * 5 + ["expired"]
    hits = await storage.chunks.search(PROJECT, ids, ["apples"], limit=10)
    assert [hit.vector_store_id for hit in hits] == ids[:5]


async def test_sweeps_at_once_take_each_chunk_once(storage: Storage):
    store = await keep_vector_store(storage)
    kept = await add_text(storage, store, *["apples"] * 20)
    for _ in range(6):
        file = await add_text(storage, store, *["pears"] * 30)
        await storage.vector_store_files.delete(PROJECT, store.id, file.id)

    async def sweep_all() -> int:
        swept = 0
        while freed := await storage.chunks.sweep(7):
            swept += freed
        return swept

    swept = await asyncio.gather(*(sweep_all() for _ in range(4)))
    rest = await storage.chunks.sweep(1_000)

    assert sum(swept) + rest == 180
    assert await storage.chunks.texts(PROJECT, store.id, kept.id) == ["apples"] * 20


@pytest.mark.parametrize("is_answered", [True, False])
async def test_of_many_who_find_a_key_too_old_one_is_fresh(
    storage: Storage, manual_clock: ManualClock, is_answered: bool
):
    keys = storage.idempotency_keys
    await keys.begin(PROJECT, "key-1", "first", b"first", hold_seconds=60)
    if is_answered:
        await keys.keep(PROJECT, "key-1", "first", KeptAnswer(200, [], b""))
    manual_clock.advance(24 * 60 * 60)

    states = await asyncio.gather(
        *(
            keys.begin(PROJECT, "key-1", f"holder-{number}", b"second", hold_seconds=60)
            for number in range(20)
        )
    )

    assert Counter(states) == {"fresh": 1, "in_progress": 19}


async def test_keys_that_are_begun_and_released_all_the_while_are_held_by_one_at_a_time(
    storage: Storage,
):
    keys = storage.idempotency_keys
    holders, most, times = 0, 0, 0

    async def work(holder: str) -> None:
        nonlocal holders, most, times
        for _ in range(20):
            state = await keys.begin(PROJECT, "key-1", holder, b"request", hold_seconds=60)
            if state == "fresh":
                holders += 1
                times += 1
                most = max(most, holders)
                await asyncio.sleep(0)
                holders -= 1
                await keys.release(PROJECT, "key-1", holder)

    await asyncio.gather(*(work(f"holder-{number}") for number in range(8)))

    assert most == 1
    assert times >= 1
