"""Batches in every storage."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from tests.support.file_records import (
    UNREADABLE,
    add_file,
    claim_file,
    found_file,
    found_vector_store,
    keep_file,
    keep_vector_store,
    new_batch,
    new_vector_store_file,
)
from tests.support.records import PROJECT
from threadkeep.errors import MissingError
from threadkeep.storage import Storage
from threadkeep.types.page import PageQuery
from threadkeep.types.vector_store import (
    FileCounts,
    VectorStore,
    VectorStoreFile,
    VectorStoreFileBatch,
)


async def keep_batch(
    storage: Storage, store: VectorStore, count: int
) -> tuple[VectorStoreFileBatch, list[VectorStoreFile]]:
    files = [new_vector_store_file(store, await keep_file(storage)) for _ in range(count)]
    return await storage.file_batches.insert(PROJECT, new_batch(store), files), files


async def found(storage: Storage, batch: VectorStoreFileBatch) -> VectorStoreFileBatch:
    record = await storage.file_batches.find(PROJECT, batch.vector_store_id, batch.id)
    assert record is not None
    return record


async def ids_in(
    storage: Storage, batch: VectorStoreFileBatch, status: str | None = None, **query: object
) -> list[str]:
    page = await storage.vector_store_files.page(
        PROJECT,
        batch.vector_store_id,
        msgspec.convert(query, PageQuery),
        status=status,
        batch_id=batch.id,
    )
    return [msgspec.json.decode(body)["id"] for body in page.items]


async def test_its_counts_and_status_follow_its_files(storage: Storage):
    store = await keep_vector_store(storage)
    await add_file(storage, store)
    assert await storage.vector_store_files.complete(await claim_file(storage), [], 0)
    batch, _ = await keep_batch(storage, store, 2)
    assert batch.status == "in_progress"
    assert batch.file_counts == FileCounts(in_progress=2, total=2)
    assert await found(storage, batch) == batch
    first, second = await storage.vector_store_files.claim("worker-1", 10)

    assert await storage.vector_store_files.fail(first, UNREADABLE)
    halfway = await found(storage, batch)
    assert await storage.vector_store_files.complete(second, [], 5)
    done = await found(storage, batch)

    assert halfway.status == "in_progress"
    assert halfway.file_counts == FileCounts(in_progress=1, failed=1, total=2)
    assert done.status == "completed"
    assert done.file_counts == FileCounts(completed=1, failed=1, total=2)


async def test_its_files_are_listed_by_page_and_status(storage: Storage):
    store = await keep_vector_store(storage)
    await add_file(storage, store)
    assert await storage.vector_store_files.complete(await claim_file(storage), [], 0)
    batch, files = await keep_batch(storage, store, 4)
    await keep_batch(storage, store, 2)
    ids = [file.id for file in files]
    (record, *_) = await storage.vector_store_files.claim("worker-1", 10)
    assert await storage.vector_store_files.complete(record, [], 5)

    assert await ids_in(storage, batch) == ids[::-1]
    assert await ids_in(storage, batch, order="asc", after=ids[0], limit=2) == ids[1:3]
    assert await ids_in(storage, batch, "completed") == [record.file.id]
    assert await ids_in(storage, batch, "in_progress", order="asc") == ids[1:]
    assert await ids_in(storage, batch, "in_progress", after=ids[3], limit=1) == [ids[2]]


async def test_cancelling_ends_what_is_not_read_yet(storage: Storage):
    store = await keep_vector_store(storage)
    other = await add_file(storage, store)
    batch, files = await keep_batch(storage, store, 3)
    records = {
        record.file.id: record for record in await storage.vector_store_files.claim("worker-1", 3)
    }
    assert await storage.vector_store_files.complete(records[files[0].id], [], 5)

    cancelled = await storage.file_batches.cancel(PROJECT, store.id, batch.id)

    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert cancelled.file_counts == FileCounts(completed=1, cancelled=2, total=3)
    assert await found(storage, batch) == cancelled
    assert await found_file(storage, files[1]) == replace(files[1], status="cancelled")
    assert (await found_file(storage, other)).status == "in_progress"
    assert not await storage.vector_store_files.complete(records[files[1].id], [], 5)
    assert await storage.vector_store_files.claim("worker-2", 1) != []
    assert await storage.vector_store_files.claim("worker-3", 10) != []
    assert (await found_vector_store(storage, store)).file_counts.cancelled == 2


async def test_cancelling_what_is_over_changes_nothing(storage: Storage):
    store = await keep_vector_store(storage)
    batch, _ = await keep_batch(storage, store, 1)
    assert await storage.vector_store_files.complete(await claim_file(storage), [], 5)
    done = await found(storage, batch)

    assert await storage.file_batches.cancel(PROJECT, store.id, batch.id) == done
    assert done.status == "completed"


async def test_cancelling_twice_is_cancelling_once(storage: Storage):
    store = await keep_vector_store(storage)
    batch, _ = await keep_batch(storage, store, 2)

    first = await storage.file_batches.cancel(PROJECT, store.id, batch.id)

    assert await storage.file_batches.cancel(PROJECT, store.id, batch.id) == first


async def test_it_is_kept_with_all_its_files_or_not_at_all(storage: Storage):
    store, batch = await keep_vector_store(storage), new_batch(await keep_vector_store(storage))
    file = new_vector_store_file(store, await keep_file(storage))
    absent = new_vector_store_file(store, await keep_file(storage, "theirs"))
    batch = new_batch(store)
    elsewhere = new_batch(await keep_vector_store(storage, "theirs"))

    with pytest.raises(MissingError) as no_file:
        await storage.file_batches.insert(PROJECT, batch, [file, absent])
    with pytest.raises(MissingError) as no_store:
        await storage.file_batches.insert(PROJECT, elsewhere, [])

    assert (no_file.value.noun, no_file.value.id) == ("file", absent.id)
    assert (no_store.value.noun, no_store.value.id) == (
        "vector store",
        elsewhere.vector_store_id,
    )
    assert await storage.file_batches.find(PROJECT, store.id, batch.id) is None
    assert (await found_vector_store(storage, store)).file_counts.total == 0


async def test_a_file_belongs_to_the_batch_that_added_it_last(storage: Storage):
    store = await keep_vector_store(storage)
    first, files = await keep_batch(storage, store, 2)
    second = await storage.file_batches.insert(PROJECT, new_batch(store), files[:1])

    assert (await found(storage, first)).file_counts.total == 1
    assert second.file_counts == FileCounts(in_progress=1, total=1)
    assert await ids_in(storage, second) == [files[0].id]
    await storage.vector_store_files.insert(PROJECT, files[0])
    assert (await found(storage, second)).file_counts.total == 0
    assert (await found_vector_store(storage, store)).file_counts.total == 2


async def test_a_file_that_leaves_is_counted_no_more(storage: Storage):
    store = await keep_vector_store(storage)
    batch, files = await keep_batch(storage, store, 2)

    await storage.vector_store_files.delete(PROJECT, store.id, files[0].id)
    await storage.files.delete(PROJECT, files[1].id)

    now = await found(storage, batch)
    assert (now.file_counts, now.status) == (FileCounts(), "completed")


async def test_it_is_found_only_in_its_vector_store_and_project(storage: Storage):
    store, other = await keep_vector_store(storage), await keep_vector_store(storage)
    batch, _ = await keep_batch(storage, store, 1)

    for project, store_id in ((PROJECT, other.id), ("theirs", store.id)):
        assert await storage.file_batches.find(project, store_id, batch.id) is None
        assert await storage.file_batches.cancel(project, store_id, batch.id) is None
    assert (await found(storage, batch)).status == "in_progress"
