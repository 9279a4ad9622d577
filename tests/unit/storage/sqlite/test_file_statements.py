"""Which statements the calls about files, vector stores and idempotency keys cost."""

from __future__ import annotations

from collections.abc import Awaitable

from tests.support.file_records import (
    UNREADABLE,
    add_file,
    add_text,
    claim_file,
    keep_file,
    keep_vector_store,
    new_batch,
    new_file,
    new_vector_store,
    new_vector_store_file,
)
from tests.support.records import PROJECT, new_assistant, new_thread
from tests.support.sqlite_storages import Meter
from threadkeep.storage import Chunk, KeptAnswer
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.attribute_filter import EqualFilter
from threadkeep.types.page import PageQuery
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources


async def test_files(traced_storage: SQLiteStorage, meter: Meter):
    storage, cost = traced_storage, meter.cost
    file, other = new_file(), new_file()

    assert await cost(storage.files.insert(PROJECT, file)) == ["files/insert"]
    assert await cost(storage.files.find(PROJECT, file.id)) == ["files/find"]
    assert await cost(storage.files.page(PROJECT, PageQuery())) == ["files/page_descending"]
    assert await cost(storage.files.page(PROJECT, PageQuery(), "vision")) == [
        "files/page_of_purpose_descending"
    ]
    assert await cost(storage.files.expired(10)) == ["files/expired"]
    assert await cost(storage.files.delete(PROJECT, other.id)) == [
        "assistants/of_file",
        "threads/of_file",
        "files/delete",
    ]


async def test_files_of_code_interpreters(traced_storage: SQLiteStorage, meter: Meter):
    storage, cost = traced_storage, meter.cost
    file = await keep_file(storage)
    resources = ToolResources(code_interpreter=CodeInterpreterResources(file_ids=[file.id]))
    assistant = new_assistant(tool_resources=resources)
    thread = new_thread(tool_resources=resources)

    assert await cost(storage.assistants.insert(PROJECT, assistant)) == [
        "assistants/insert",
        "assistants/add_files",
    ]
    assert await cost(storage.threads.insert(PROJECT, thread)) == [
        "threads/insert",
        "threads/add_files",
    ]
    assert await cost(storage.threads.update(PROJECT, thread, 1)) == [
        "threads/update",
        "threads/drop_files",
        "threads/add_files",
    ]
    assert await cost(storage.files.delete(PROJECT, file.id)) == [
        "assistants/of_file",
        "assistants/replace",
        "threads/of_file",
        "threads/replace",
        "files/delete",
    ]


async def test_vector_stores(traced_storage: SQLiteStorage, meter: Meter):
    storage, cost = traced_storage, meter.cost
    store, files = new_vector_store(), [await keep_file(storage) for _ in range(2)]
    members = [new_vector_store_file(store, file) for file in files]
    stores = storage.vector_stores

    assert await cost(stores.insert(PROJECT, store, members)) == [
        "vector_stores/insert",
        "vector_store_files/write",
        "vector_store_files/write",
        "vector_stores/find",
    ]
    assert await cost(stores.find(PROJECT, store.id)) == ["vector_stores/find"]
    assert await cost(stores.update(PROJECT, store, 1)) == ["vector_stores/update"]
    assert await cost(stores.update(PROJECT, store, 1)) == [
        "vector_stores/update",
        "vector_stores/expiry",
    ]
    assert await cost(stores.page(PROJECT, PageQuery())) == ["vector_stores/page_descending"]
    assert await cost(stores.touch(PROJECT, [store.id, "vs_1"])) == ["vector_stores/touch"]
    assert await cost(stores.delete(PROJECT, store.id)) == ["vector_stores/delete"]


async def test_the_life_of_a_vector_stores_file(traced_storage: SQLiteStorage, meter: Meter):
    storage, cost = traced_storage, meter.cost
    store = await keep_vector_store(storage)
    file = new_vector_store_file(store, await keep_file(storage))
    files, key = storage.vector_store_files, (PROJECT, store.id, file.id)

    assert await cost(files.insert(PROJECT, file)) == ["vector_store_files/write"]
    assert await cost(files.find(*key)) == ["vector_store_files/find"]
    assert await cost(files.update(PROJECT, file, 1)) == ["vector_store_files/update"]
    assert await cost(files.claim("worker-1", 1)) == [
        "vector_store_files/claim_waiting",
        "vector_store_files/claim",
    ]
    assert await cost(files.claim("worker-2", 1)) == [
        "vector_store_files/claim_waiting",
        "vector_store_files/claim_orphaned",
        "vector_store_files/claim",
    ]
    await files.insert(PROJECT, file)
    record = await claim_file(storage)
    assert await cost(files.complete(record, [Chunk(text="a"), Chunk(text="b")], 2)) == [
        "vector_store_files/fence",
        "chunks/insert",
        "chunks/insert",
        "vector_store_files/end",
    ]
    assert await cost(files.fail(record, UNREADABLE)) == ["vector_store_files/fence"]
    assert await cost(storage.chunks.texts(*key)) == ["vector_store_files/find", "chunks/texts"]
    assert await cost(files.delete(*key)) == ["vector_store_files/delete"]


async def test_pages_of_a_vector_stores_files(traced_storage: SQLiteStorage, meter: Meter):
    storage, cost = traced_storage, meter.cost
    store = await keep_vector_store(storage)

    for options, suffix in (
        ({}, ""),
        ({"status": "failed"}, "_of_status"),
        ({"batch_id": "vsfb_1"}, "_of_batch"),
        ({"status": "failed", "batch_id": "vsfb_1"}, "_of_batch_and_status"),
    ):
        page = storage.vector_store_files.page(PROJECT, store.id, PageQuery(), **options)
        assert await cost(page) == [f"vector_store_files/page{suffix}_descending"]


async def test_many_chunks_are_written_a_few_at_a_time(traced_storage: SQLiteStorage, meter: Meter):
    storage = traced_storage
    await add_file(storage, await keep_vector_store(storage))
    record = await claim_file(storage)
    chunks = [Chunk(text=str(number)) for number in range(60)]

    executed = await meter.cost(storage.vector_store_files.complete(record, chunks, 1))

    few = ["vector_store_files/fence", *["chunks/insert"] * 25]
    rest = ["vector_store_files/fence", *["chunks/insert"] * 10, "vector_store_files/end"]
    assert executed == [*few, *few, *rest]


async def test_batches(traced_storage: SQLiteStorage, meter: Meter):
    storage, cost = traced_storage, meter.cost
    store = await keep_vector_store(storage)
    batch, files = new_batch(store), [await keep_file(storage) for _ in range(2)]
    members = [new_vector_store_file(store, file) for file in files]
    batches, key = storage.file_batches, (PROJECT, store.id, batch.id)

    assert await cost(batches.insert(PROJECT, batch, members)) == [
        "file_batches/insert",
        "vector_store_files/write",
        "vector_store_files/write",
        "file_batches/find",
    ]
    assert await cost(batches.find(*key)) == ["file_batches/find"]
    assert await cost(batches.cancel(*key)) == [
        "file_batches/in_progress",
        "vector_store_files/end",
        "vector_store_files/end",
        "file_batches/cancel",
        "file_batches/find",
    ]
    assert await cost(batches.cancel(*key)) == ["file_batches/in_progress", "file_batches/find"]


async def test_a_search_costs_the_same_however_many_words_queries_and_stores(
    traced_storage: SQLiteStorage, meter: Meter
):
    storage, cost = traced_storage, meter.cost
    stores = [await keep_vector_store(storage) for _ in range(2)]
    for store in stores:
        await add_text(storage, store, "apples are red", attributes={"year": 2023})
    ids = [store.id for store in stores]
    filters = EqualFilter(key="year", value=2023)

    words = ["red apples", "green pears"]
    loaded = await cost(storage.chunks.search(PROJECT, ids, words, limit=10))
    of_each = ["vector_store_files/in_sight", "chunks/of_files"] * 2
    assert loaded[:6] == ["vector_stores/searched", "chunks/last", *of_each]

    assert await cost(storage.chunks.search(PROJECT, ids, words, limit=10)) == [
        "vector_stores/searched",
        "chunks/last",
        "chunks/matching",
        "chunks/found",
    ]
    filtered = storage.chunks.search(PROJECT, ids, ["red"], limit=10, filters=filters)
    assert await cost(filtered) == [
        "vector_stores/searched",
        "vector_store_files/attributes",
        "chunks/last",
        "chunks/matching",
        "chunks/found",
    ]
    assert await cost(storage.chunks.sweep(10)) == [
        "chunks/expire",
        "chunks/sweep",
        "chunks/forget_discarded",
    ]


async def test_idempotency_keys(traced_storage: SQLiteStorage, meter: Meter):
    keys, cost = traced_storage.idempotency_keys, meter.cost
    answer = KeptAnswer(200, [], b"")

    def begin() -> Awaitable[object]:
        return keys.begin(PROJECT, "key-1", "holder", b"request", hold_seconds=60)

    assert await cost(begin()) == ["idempotency_keys/find"]
    assert await cost(keys.keep(PROJECT, "key-1", "holder", answer)) == ["idempotency_keys/keep"]
    assert await cost(begin()) == ["idempotency_keys/find"]
    assert await cost(keys.release(PROJECT, "key-1", "holder")) == []
    assert await cost(keys.forget(10)) == ["idempotency_keys/forget"]
