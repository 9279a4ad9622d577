"""Vector stores in every storage: what follows from their files and from time is true whenever it is read."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from tests.support.file_records import (
    UNREADABLE,
    add_file,
    add_text,
    claim_file,
    found_file,
    found_vector_store,
    keep_file,
    keep_vector_store,
    new_batch,
    new_vector_store,
    new_vector_store_file,
)
from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT
from threadkeep.errors import MissingError, VectorStoreExpiredError
from threadkeep.storage import Storage
from threadkeep.types.page import PageQuery
from threadkeep.types.vector_store import ExpiresAfter, FileCounts, VectorStore

DAY = 24 * 60 * 60


async def test_it_looks_as_the_hosted_services_do(storage: Storage):
    store = new_vector_store(
        id="vs_1",
        created_at=1_700_000_000,
        name="notes",
        expires_after=ExpiresAfter(days=7),
        metadata={"a": "b"},
    )
    file = await keep_file(storage)
    await storage.vector_stores.insert(PROJECT, store, [new_vector_store_file(store, file)])

    record = await storage.vector_stores.find(PROJECT, "vs_1")
    page = await storage.vector_stores.page(PROJECT, PageQuery())

    assert record is not None
    assert record.body == msgspec.json.encode(
        {
            "id": "vs_1",
            "object": "vector_store",
            "created_at": 1_700_000_000,
            "name": "notes",
            "description": None,
            "usage_bytes": 0,
            "file_counts": {
                "in_progress": 1,
                "completed": 0,
                "failed": 0,
                "cancelled": 0,
                "total": 1,
            },
            "status": "in_progress",
            "expires_after": {"anchor": "last_active_at", "days": 7},
            "expires_at": 1_700_000_000 + 7 * DAY,
            "last_active_at": 1_700_000_000,
            "metadata": {"a": "b"},
        }
    )
    assert [bytes(body) for body in page.items] == [record.body]


async def test_an_empty_one_is_completed(storage: Storage):
    store = await keep_vector_store(storage)

    assert (store.status, store.file_counts, store.usage_bytes) == ("completed", FileCounts(), 0)
    assert (store.expires_at, store.last_active_at) == (None, 1_700_000_000)


async def test_it_is_kept_with_its_first_files_or_not_at_all(storage: Storage):
    files = [await keep_file(storage) for _ in range(3)]
    store, refused = new_vector_store(), new_vector_store()

    kept = await storage.vector_stores.insert(
        PROJECT, store, [new_vector_store_file(store, file) for file in files]
    )
    theirs = await keep_file(storage, "theirs")
    with pytest.raises(MissingError) as error:
        await storage.vector_stores.insert(
            PROJECT, refused, [new_vector_store_file(refused, file) for file in (files[0], theirs)]
        )

    assert (kept.status, kept.file_counts) == ("in_progress", FileCounts(in_progress=3, total=3))
    assert kept == await found_vector_store(storage, store)
    assert (error.value.noun, error.value.id) == ("file", theirs.id)
    assert await storage.vector_stores.find(PROJECT, refused.id) is None


async def test_counts_bytes_and_status_follow_each_change_of_a_file(storage: Storage):
    store = await keep_vector_store(storage)

    async def state() -> tuple[str, int, int, int, int, int]:
        now = await found_vector_store(storage, store)
        counts = now.file_counts
        assert counts.total == counts.in_progress + counts.completed + counts.failed + (
            counts.cancelled
        )
        each = (counts.in_progress, counts.completed, counts.failed, counts.cancelled)
        return (now.status, now.usage_bytes, *each)

    read = await add_text(storage, store, "12345678")
    assert await state() == ("completed", 8, 0, 1, 0, 0)
    unreadable = await add_file(storage, store)
    assert await state() == ("in_progress", 8, 1, 1, 0, 0)
    assert await storage.vector_store_files.fail(await claim_file(storage), UNREADABLE)
    assert await state() == ("completed", 8, 0, 1, 1, 0)
    unwanted = await keep_file(storage)
    batch = new_batch(store)
    await storage.file_batches.insert(PROJECT, batch, [new_vector_store_file(store, unwanted)])
    assert await state() == ("in_progress", 8, 1, 1, 1, 0)
    await storage.file_batches.cancel(PROJECT, store.id, batch.id)
    assert await state() == ("completed", 8, 0, 1, 1, 1)
    await storage.vector_store_files.insert(PROJECT, read)
    assert await state() == ("in_progress", 0, 1, 0, 1, 1)
    await storage.vector_store_files.delete(PROJECT, store.id, unreadable.id)
    assert await state() == ("in_progress", 0, 1, 0, 0, 1)
    await storage.files.delete(PROJECT, unwanted.id)
    assert await state() == ("in_progress", 0, 1, 0, 0, 0)
    assert await storage.vector_store_files.delete(PROJECT, store.id, read.id)
    assert await state() == ("completed", 0, 0, 0, 0, 0)


async def test_what_becomes_of_files_does_not_disturb_who_changes_it(storage: Storage):
    store = await keep_vector_store(storage)
    seen = await storage.vector_stores.find(PROJECT, store.id)
    assert seen is not None
    await add_text(storage, store, "apples")
    await storage.vector_stores.touch(PROJECT, [store.id])

    assert await storage.vector_stores.update(
        PROJECT, replace(seen.value, name="fruit", usage_bytes=99), seen.revision
    )

    now = await found_vector_store(storage, store)
    assert (now.name, now.usage_bytes, now.file_counts.completed) == ("fruit", 6, 1)


async def test_it_expires_so_long_after_it_was_last_used(
    storage: Storage, manual_clock: ManualClock
):
    began = int(manual_clock.now())
    store = await keep_vector_store(
        storage, last_active_at=began, expires_after=ExpiresAfter(days=2)
    )
    manual_clock.advance(DAY)

    await storage.vector_stores.touch(PROJECT, [store.id, "vs_absent"])

    now = await found_vector_store(storage, store)
    assert (now.last_active_at, now.expires_at) == (began + DAY, began + 3 * DAY)
    manual_clock.advance(2 * DAY - 1)
    assert (await found_vector_store(storage, store)).status == "completed"
    manual_clock.advance(1)
    assert (await found_vector_store(storage, store)).status == "expired"
    page = await storage.vector_stores.page(PROJECT, PageQuery())
    assert [msgspec.json.decode(body)["status"] for body in page.items] == ["expired"]


async def test_when_it_expires_can_be_changed_and_taken_back(
    storage: Storage, manual_clock: ManualClock
):
    began = int(manual_clock.now())
    store = await keep_vector_store(storage, last_active_at=began)

    for revision, days in enumerate((3, 1, None), start=1):
        expires_after = None if days is None else ExpiresAfter(days=days)
        changed = replace(store, expires_after=expires_after)
        assert await storage.vector_stores.update(PROJECT, changed, revision)
        now = await found_vector_store(storage, store)
        assert now.expires_after == expires_after
        assert now.expires_at == (None if days is None else began + days * DAY)


async def keep_expired(storage: Storage, clock: ManualClock) -> VectorStore:
    """A vector store with a completed file and one in progress, expired since this very second."""
    store = await keep_vector_store(
        storage, last_active_at=int(clock.now()), expires_after=ExpiresAfter(days=1)
    )
    await add_text(storage, store, "apples")
    await add_file(storage, store)
    clock.advance(DAY)
    return store


async def test_one_that_has_expired_takes_nothing_and_never_comes_back(
    storage: Storage, manual_clock: ManualClock
):
    store = await keep_expired(storage, manual_clock)
    file = new_vector_store_file(store, await keep_file(storage))
    calls = [
        storage.vector_stores.update(PROJECT, replace(store, expires_after=None), 1),
        storage.vector_store_files.insert(PROJECT, file),
        storage.file_batches.insert(PROJECT, new_batch(store), [file]),
    ]

    for call in calls:
        with pytest.raises(VectorStoreExpiredError) as refused:
            await call
        assert refused.value.vector_store_id == store.id
    await storage.vector_stores.touch(PROJECT, [store.id])

    assert (await found_vector_store(storage, store)).status == "expired"


async def test_one_that_has_expired_still_tells_what_was_in_it(
    storage: Storage, manual_clock: ManualClock
):
    store = await keep_expired(storage, manual_clock)
    while await storage.chunks.sweep(10):
        pass

    page = await storage.vector_store_files.page(PROJECT, store.id, PageQuery())

    assert len(page.items) == 2
    now = await found_vector_store(storage, store)
    assert now.file_counts == FileCounts(completed=1, in_progress=1, total=2)
    assert await storage.vector_stores.delete(PROJECT, store.id)


async def test_what_is_being_read_when_it_expires_comes_to_its_end(
    storage: Storage, manual_clock: ManualClock
):
    store = await keep_expired(storage, manual_clock)
    record = await claim_file(storage)

    assert await storage.vector_store_files.complete(record, [], 0)

    assert (await found_file(storage, record.vector_store_file)).status == "completed"
    assert (await found_vector_store(storage, store)).file_counts.in_progress == 0


async def test_touching_names_no_others(storage: Storage, manual_clock: ManualClock):
    mine = await keep_vector_store(storage, id="vs_1")
    other = await keep_vector_store(storage)
    theirs = await keep_vector_store(storage, "theirs", id="vs_1")
    manual_clock.advance(60)

    await storage.vector_stores.touch(PROJECT, [mine.id])

    assert (await found_vector_store(storage, mine)).last_active_at == 1_700_000_060
    assert await found_vector_store(storage, other) == other
    assert await found_vector_store(storage, theirs, "theirs") == theirs


async def test_a_deleted_one_takes_its_files_with_it_but_not_the_files_themselves(
    storage: Storage,
):
    store = await keep_vector_store(storage)
    read = await add_text(storage, store, "apples")
    await add_file(storage, store)
    batch = new_batch(store)
    unread = new_vector_store_file(store, await keep_file(storage))
    await storage.file_batches.insert(PROJECT, batch, [unread])

    assert await storage.vector_stores.delete(PROJECT, store.id)

    assert await storage.vector_store_files.find(PROJECT, store.id, read.id) is None
    assert await storage.file_batches.find(PROJECT, store.id, batch.id) is None
    assert await storage.chunks.search(PROJECT, [store.id], ["apples"], limit=10) == []
    assert await storage.vector_store_files.claim("worker-1", 10) == []
    assert await storage.files.find(PROJECT, read.id) is not None
    assert not await storage.vector_stores.delete(PROJECT, store.id)
