"""Which statements the calls about files, vector stores and idempotency keys cost in PostgreSQL: each is a round trip.

How many files, chunks or words a call is about makes no difference.
"""

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
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.storage.postgres.chunk_rows import CHUNKS_AT_A_TIME
from threadkeep.types.attribute_filter import EqualFilter
from threadkeep.types.page import PageQuery
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources


def written(*statements: str) -> list[str]:
    """The statements in a transaction."""
    return ["begin", *statements, "commit"]


async def test_files(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    file, other = new_file(), new_file()

    assert await cost(storage.files.insert(PROJECT, file)) == written("files/insert")
    assert await cost(storage.files.find(PROJECT, file.id)) == ["files/find"]
    assert await cost(storage.files.page(PROJECT, PageQuery())) == ["files/page_descending"]
    assert await cost(storage.files.page(PROJECT, PageQuery(), "vision")) == [
        "files/page_of_purpose_descending"
    ]
    assert await cost(storage.files.expired(10)) == ["files/expired"]
    assert await cost(storage.files.delete(PROJECT, other.id)) == written("files/lock")
    assert await cost(storage.files.delete(PROJECT, file.id)) == written(
        "files/lock",
        "assistants/of_file",
        "threads/of_file",
        "vector_stores/lock_of_file",
        "files/delete",
        "file_contents/discard",
    )


async def test_files_of_code_interpreters(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    files = [await keep_file(storage) for _ in range(3)]
    file_ids = [file.id for file in files]
    resources = ToolResources(code_interpreter=CodeInterpreterResources(file_ids=file_ids))
    assistant = new_assistant(tool_resources=resources)
    thread = new_thread(tool_resources=resources)

    assert await cost(storage.assistants.insert(PROJECT, assistant)) == written(
        "files/share", "assistants/insert", "assistants/add_files"
    )
    assert await cost(storage.assistants.insert(PROJECT, new_assistant())) == written(
        "assistants/insert"
    )
    assert await cost(storage.assistants.update(PROJECT, assistant, 1)) == written(
        "files/share", "assistants/update", "assistants/drop_files", "assistants/add_files"
    )
    await storage.threads.insert(PROJECT, thread)
    assert await cost(storage.threads.update(PROJECT, thread, 1)) == written(
        "files/share", "threads/update", "threads/drop_files", "threads/add_files"
    )
    assert await cost(storage.files.delete(PROJECT, file_ids[0])) == written(
        "files/lock",
        "assistants/of_file",
        "assistants/replace",
        "threads/of_file",
        "threads/replace",
        "vector_stores/lock_of_file",
        "files/delete",
        "file_contents/discard",
    )


async def test_vector_stores(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    store, files = new_vector_store(), [await keep_file(storage) for _ in range(5)]
    members = [new_vector_store_file(store, file) for file in files]
    stores = storage.vector_stores

    assert await cost(stores.insert(PROJECT, store, members)) == written(
        "files/share", "vector_stores/insert", "vector_store_files/write", "vector_stores/find"
    )
    assert await cost(stores.insert(PROJECT, new_vector_store())) == written(
        "vector_stores/insert", "vector_stores/find"
    )
    assert await cost(stores.find(PROJECT, store.id)) == ["vector_stores/find"]
    assert await cost(stores.update(PROJECT, store, 1)) == written("vector_stores/update")
    assert await cost(stores.update(PROJECT, store, 1)) == written(
        "vector_stores/update", "vector_stores/expiry"
    )
    assert await cost(stores.page(PROJECT, PageQuery())) == ["vector_stores/page_descending"]
    assert await cost(stores.touch(PROJECT, [store.id, "vs_1"])) == written("vector_stores/touch")
    assert await cost(stores.delete(PROJECT, store.id)) == written("vector_stores/delete")


async def test_the_life_of_a_vector_stores_file(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    store = await keep_vector_store(storage)
    file = new_vector_store_file(store, await keep_file(storage))
    files, key = storage.vector_store_files, (PROJECT, store.id, file.id)

    assert await cost(files.insert(PROJECT, file)) == written(
        "files/share", "vector_stores/lock", "vector_store_files/write"
    )
    assert await cost(files.find(*key)) == ["vector_store_files/find"]
    assert await cost(files.update(PROJECT, file, 1)) == written("vector_store_files/update")
    assert await cost(files.claim("worker-1", 1)) == [
        "vector_store_files/any_unread",
        *written("vector_store_files/claim_waiting"),
    ]
    assert await cost(files.claim("worker-2", 1)) == [
        "vector_store_files/any_unread",
        *written("vector_store_files/claim_waiting", "vector_store_files/claim_orphaned"),
    ]
    assert await cost(files.owned("worker-2")) == ["vector_store_files/owned"]
    (record,) = await files.owned("worker-2")
    assert await cost(files.release(record)) == written("vector_store_files/release")
    record = await claim_file(storage)
    chunks = [Chunk(text="a"), Chunk(text="b")]
    assert await cost(files.complete(record, chunks, 2)) == written(
        "vector_stores/lock",
        "vector_store_files/fence",
        "chunks/insert",
        "vector_stores/take_space",
        "vector_store_files/end",
    )
    assert await cost(files.fail(record, UNREADABLE)) == written(
        "vector_stores/lock", "vector_store_files/fence"
    )
    assert await cost(storage.chunks.texts(*key)) == ["vector_store_files/find", "chunks/texts"]
    assert await cost(files.delete(*key)) == written(
        "vector_stores/lock", "vector_store_files/delete"
    )


async def test_pages_of_a_vector_stores_files(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    store = await keep_vector_store(storage)

    for options, suffix in (
        ({}, ""),
        ({"status": "failed"}, "_of_status"),
        ({"batch_id": "vsfb_1"}, "_of_batch"),
        ({"status": "failed", "batch_id": "vsfb_1"}, "_of_batch_and_status"),
    ):
        page = storage.vector_store_files.page(PROJECT, store.id, PageQuery(), **options)
        assert await cost(page) == [f"vector_store_files/page{suffix}_descending"]


async def test_many_chunks_are_written_some_at_a_time(
    traced_postgres: PostgresStorage, meter: Meter
):
    storage = traced_postgres
    await add_file(storage, await keep_vector_store(storage))
    record = await claim_file(storage)
    chunks = [Chunk(text=str(number)) for number in range(2 * CHUNKS_AT_A_TIME + 1)]

    executed = await meter.cost(storage.vector_store_files.complete(record, chunks, 1))

    some = written("vector_store_files/fence", "chunks/insert")
    rest = written(
        "vector_stores/lock",
        "vector_store_files/fence",
        "chunks/insert",
        "vector_stores/take_space",
        "vector_store_files/end",
    )
    assert executed == [*some, *some, *rest]


async def test_batches(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    store = await keep_vector_store(storage)
    batch, files = new_batch(store), [await keep_file(storage) for _ in range(5)]
    members = [new_vector_store_file(store, file) for file in files]
    batches, key = storage.file_batches, (PROJECT, store.id, batch.id)

    assert await cost(batches.insert(PROJECT, batch, members)) == written(
        "files/share",
        "vector_stores/lock",
        "file_batches/insert",
        "vector_store_files/write",
        "file_batches/find",
    )
    assert await cost(batches.find(*key)) == ["file_batches/find"]
    assert await cost(batches.cancel(*key)) == written(
        "vector_stores/lock",
        "file_batches/in_progress",
        "vector_store_files/cancel",
        "file_batches/cancel",
        "file_batches/find",
    )
    assert await cost(batches.cancel(*key)) == written(
        "vector_stores/lock", "file_batches/in_progress", "file_batches/find"
    )


async def test_a_search_costs_the_same_however_many_words_queries_and_stores(
    traced_postgres: PostgresStorage, meter: Meter
):
    storage, cost = traced_postgres, meter.cost
    stores = [await keep_vector_store(storage) for _ in range(2)]
    for store in stores:
        await add_text(storage, store, "apples are red", attributes={"year": 2023})
    ids = [store.id for store in stores]
    filters = EqualFilter(key="year", value=2023)

    search = storage.chunks.search(PROJECT, ids, ["red apples", "green pears"], limit=10)
    assert await cost(search) == ["vector_stores/searched", "chunks/matching", "chunks/found"]
    filtered = storage.chunks.search(PROJECT, ids, ["red"], limit=10, filters=filters)
    assert await cost(filtered) == [
        "vector_stores/searched",
        "vector_store_files/attributes",
        "chunks/matching",
        "chunks/found",
    ]
    nothing = storage.chunks.search(PROJECT, ["vs_absent"], ["red"], limit=10)
    assert await cost(nothing) == ["vector_stores/searched"]


async def test_a_sweep(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    store = await keep_vector_store(storage)
    file = await add_text(storage, store, "apples")
    looked = ["vector_stores/lock_expired", "chunks/lock_discarded"]

    assert await cost(storage.chunks.sweep(10)) == written(*looked)
    await storage.vector_store_files.delete(PROJECT, store.id, file.id)
    assert await cost(storage.chunks.sweep(10)) == written(
        *looked, "chunks/sweep", "chunks/forget_discarded"
    )


async def test_idempotency_keys(traced_postgres: PostgresStorage, meter: Meter):
    keys, cost = traced_postgres.idempotency_keys, meter.cost
    answer = KeptAnswer(200, [], b"")

    def begin() -> Awaitable[object]:
        return keys.begin(PROJECT, "key-1", "holder", b"request", hold_seconds=60)

    assert await cost(begin()) == written("idempotency_keys/begin")
    held = keys.hold(PROJECT, "key-1", "holder", hold_seconds=60)
    assert await cost(held) == written("idempotency_keys/hold")
    assert await cost(keys.keep(PROJECT, "key-1", "holder", answer)) == written(
        "idempotency_keys/keep"
    )
    assert await cost(begin()) == written("idempotency_keys/begin", "idempotency_keys/find")
    assert await cost(keys.release(PROJECT, "key-1", "holder")) == written(
        "idempotency_keys/release"
    )
    assert await cost(keys.forget(10)) == written("idempotency_keys/forget")
