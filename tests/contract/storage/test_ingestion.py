"""How every storage gives files to those who read them, and takes what they found."""

from __future__ import annotations

import asyncio

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
    new_vector_store_file,
)
from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT
from threadkeep.storage import Chunk, IngestionRecord, Storage
from threadkeep.types.vector_store import VectorStoreFile


async def keep_claimed(storage: Storage, worker: str = "worker-1") -> IngestionRecord:
    await add_file(storage, await keep_vector_store(storage))
    return await claim_file(storage, worker)


async def test_a_claim_tells_what_is_to_be_read(storage: Storage):
    store = await keep_vector_store(storage, "mine")
    kept = await keep_file(storage, "mine", filename="apples.md", bytes=6)
    file = new_vector_store_file(store, kept)
    await storage.vector_store_files.insert("mine", file)

    record = await claim_file(storage)

    assert record == IngestionRecord(
        project="mine",
        file=kept,
        vector_store_file=file,
        worker="worker-1",
        epoch=record.epoch,
        attempts=1,
    )
    assert await found_file(storage, file, "mine") == file


async def test_the_oldest_files_of_all_projects_are_claimed_first_and_none_twice(
    storage: Storage,
):
    stores = {name: await keep_vector_store(storage, name) for name in ("mine", "theirs")}
    names = ["mine", "theirs", "theirs", "mine", "mine"]
    files = [await add_file(storage, stores[name], name) for name in names]
    claim = storage.vector_store_files.claim
    for number in range(5):
        await storage.workers.renew(f"worker-{number}", 60)

    first = await claim("worker-1", 2)
    rest = await asyncio.gather(*(claim(f"worker-{number}", 2) for number in range(5)))

    claimed = [record for records in [first, *rest] for record in records]
    assert [record.vector_store_file for record in first] == files[:2]
    assert sorted(record.file.id for record in claimed) == sorted(file.id for file in files)
    assert [record.project for record in first] == ["mine", "theirs"]


async def test_what_was_read_is_completed_and_found(storage: Storage):
    record = await keep_claimed(storage)
    file = record.vector_store_file
    chunks = [Chunk(text="apples and pears"), Chunk(text="pears and plums", overlap=5)]

    assert await storage.vector_store_files.complete(record, chunks, 26)

    assert await found_file(storage, file) == replace(file, status="completed", usage_bytes=26)
    texts = await storage.chunks.texts(PROJECT, file.vector_store_id, file.id)
    assert texts == ["apples and pears", " and plums"]
    assert await storage.vector_store_files.claim("worker-1", 10) == []


async def test_what_cannot_be_read_is_failed_and_says_why(storage: Storage):
    record = await keep_claimed(storage)
    file = record.vector_store_file

    assert await storage.vector_store_files.fail(record, UNREADABLE)

    failed = replace(file, status="failed", last_error=UNREADABLE)
    assert await found_file(storage, file) == failed
    assert await storage.chunks.texts(PROJECT, file.vector_store_id, file.id) == []


async def test_an_empty_file_is_completed_without_chunks(storage: Storage):
    record = await keep_claimed(storage)
    file = record.vector_store_file

    assert await storage.vector_store_files.complete(record, [], 0)

    assert (await found_file(storage, file)).status == "completed"
    assert await storage.chunks.texts(PROJECT, file.vector_store_id, file.id) == []


async def test_a_file_of_many_chunks_is_found_all_at_once(storage: Storage):
    record = await keep_claimed(storage)
    file = record.vector_store_file
    chunks = [Chunk(text=f"chunk {number} of apples") for number in range(450)]

    completing = asyncio.ensure_future(storage.vector_store_files.complete(record, chunks, 9_000))
    seen: set[int] = set()
    while not completing.done():
        texts = await storage.chunks.texts(PROJECT, file.vector_store_id, file.id)
        hits = await storage.chunks.search(PROJECT, [file.vector_store_id], ["apples"], limit=1_000)
        seen |= {len(texts or []), len(hits)}
    assert await completing

    assert seen <= {0, 450}
    assert await storage.chunks.texts(PROJECT, file.vector_store_id, file.id) == [
        chunk.text for chunk in chunks
    ]


async def test_what_is_put_aside_is_found_once_the_file_is_completed(storage: Storage):
    record = await keep_claimed(storage)
    file = record.vector_store_file
    key = (PROJECT, file.vector_store_id, file.id)
    chunks = [Chunk(text=f"chunk {number} of apples") for number in range(130)]
    put_aside = storage.vector_store_files.put_aside

    for begin in (0, 60, 60, 0):  # twice, as after an answer that was lost
        assert await put_aside(record, chunks[begin : begin + 60], begin)
    before = (await storage.chunks.texts(*key), await found_file(storage, file))
    assert await storage.vector_store_files.complete(record, chunks[120:], 9_000, position=120)

    assert before == ([], file)
    assert await storage.chunks.texts(*key) == [chunk.text for chunk in chunks]
    hits = await storage.chunks.search(PROJECT, [file.vector_store_id], ["apples"], limit=500)
    assert sorted(hit.position for hit in hits) == [*range(130)]


async def test_what_was_put_aside_of_a_file_that_failed_is_swept(storage: Storage):
    record = await keep_claimed(storage)
    chunks = [Chunk(text="apples")] * 30
    assert await storage.vector_store_files.put_aside(record, chunks, 0)

    assert await storage.vector_store_files.fail(record, UNREADABLE)

    assert await storage.chunks.sweep(100) == 30
    hits = await storage.chunks.search(
        PROJECT, [record.vector_store_file.vector_store_id], ["apples"], limit=9
    )
    assert hits == []


async def test_a_file_that_is_read_anew_has_nothing_of_the_attempt_before(storage: Storage):
    record = await keep_claimed(storage)
    file = record.vector_store_file
    assert await storage.vector_store_files.put_aside(record, [Chunk(text="apples")] * 30, 0)

    again = await claim_file(storage, "worker-2")
    assert await storage.vector_store_files.complete(again, [Chunk(text="pears")], 5)

    texts = await storage.chunks.texts(PROJECT, file.vector_store_id, file.id)
    assert texts == ["pears"]
    assert await storage.chunks.sweep(100) == 30


async def test_others_write_while_many_chunks_are_written(storage: Storage):
    record = await keep_claimed(storage)
    chunks = [Chunk(text="apples " * 300) for _ in range(2_000)]

    completing = asyncio.ensure_future(storage.vector_store_files.complete(record, chunks, 9_000))
    await keep_file(storage)

    assert not completing.done()
    assert await completing


async def lose_by_cancelling(storage: Storage, record: IngestionRecord) -> None:
    """The batch of the file is cancelled."""
    file = record.vector_store_file
    batch = new_batch(await found_store(storage, file))
    await storage.file_batches.insert(PROJECT, batch, [file])
    await storage.file_batches.cancel(PROJECT, file.vector_store_id, batch.id)


async def lose_by_deleting(storage: Storage, record: IngestionRecord) -> None:
    """The file is taken out of the vector store."""
    file = record.vector_store_file
    assert await storage.vector_store_files.delete(PROJECT, file.vector_store_id, file.id)


async def lose_by_deleting_the_file(storage: Storage, record: IngestionRecord) -> None:
    """The file itself is deleted."""
    assert await storage.files.delete(PROJECT, record.file.id)


async def lose_by_deleting_the_vector_store(storage: Storage, record: IngestionRecord) -> None:
    """The vector store is deleted."""
    store_id = record.vector_store_file.vector_store_id
    assert await storage.vector_stores.delete(PROJECT, store_id)


async def lose_by_adding_again(storage: Storage, record: IngestionRecord) -> None:
    """The file is added anew."""
    await storage.vector_store_files.insert(PROJECT, record.vector_store_file)


async def lose_to_another_worker(storage: Storage, record: IngestionRecord) -> None:
    """The worker has let its lease run out, and another has claimed the file."""
    claimed = await claim_file(storage, "worker-2")
    assert (claimed.epoch, claimed.attempts) == (record.epoch + 1, record.attempts + 1)


async def lose_by_finishing(storage: Storage, record: IngestionRecord) -> None:
    """It is finished already."""
    assert await storage.vector_store_files.complete(record, [Chunk(text="pears")], 5)


async def found_store(storage: Storage, file: VectorStoreFile):
    record = await storage.vector_stores.find(PROJECT, file.vector_store_id)
    assert record is not None
    return record.value


@pytest.mark.parametrize(
    "lose",
    [
        lose_by_cancelling,
        lose_by_deleting,
        lose_by_deleting_the_file,
        lose_by_deleting_the_vector_store,
        lose_by_adding_again,
        lose_to_another_worker,
        lose_by_finishing,
    ],
)
async def test_who_has_lost_a_file_writes_nothing(storage: Storage, lose):
    record = await keep_claimed(storage)
    file = record.vector_store_file
    await lose(storage, record)
    key = (PROJECT, file.vector_store_id, file.id)
    before = await storage.vector_store_files.find(*key)
    texts = await storage.chunks.texts(*key)
    chunks = [Chunk(text="apples")] * 250

    assert not await storage.vector_store_files.put_aside(record, chunks[:9], 0)
    assert not await storage.vector_store_files.complete(record, chunks, 9)
    assert not await storage.vector_store_files.complete(record, chunks[:9], 9, position=250)
    assert not await storage.vector_store_files.fail(record, UNREADABLE)

    assert await storage.vector_store_files.find(*key) == before
    assert await storage.chunks.texts(*key) == texts
    hits = await storage.chunks.search(PROJECT, [file.vector_store_id], ["apples"], limit=9)
    assert hits == []


async def test_a_file_is_lost_while_its_chunks_are_written(storage: Storage):
    record = await keep_claimed(storage)
    chunks = [Chunk(text="apples")] * 1_000
    completing = asyncio.ensure_future(storage.vector_store_files.complete(record, chunks, 9))
    await asyncio.sleep(0)

    await lose_by_adding_again(storage, record)

    assert not await completing
    file = record.vector_store_file
    assert await found_file(storage, file) == file
    assert await storage.chunks.search(PROJECT, [file.vector_store_id], ["apples"], limit=9) == []


async def test_a_worker_holds_its_files_while_it_renews_its_lease(
    storage: Storage, manual_clock: ManualClock
):
    await storage.workers.renew("worker-1", 5)
    record = await keep_claimed(storage)

    for _ in range(3):
        manual_clock.advance(4)
        assert await storage.vector_store_files.claim("worker-2", 10) == []
        await storage.workers.renew("worker-1", 5)
    manual_clock.advance(5)

    taken = await claim_file(storage, "worker-2")
    assert taken.file == record.file


async def test_what_a_retired_worker_held_can_be_claimed_at_once(storage: Storage):
    for worker in ("worker-1", "worker-2"):
        await storage.workers.renew(worker, 5)
    record = await keep_claimed(storage, "worker-1")
    await keep_claimed(storage, "worker-2")

    await storage.workers.retire("worker-1")

    assert (await claim_file(storage, "worker-3")).file == record.file


async def test_a_worker_does_not_claim_again_what_it_has(storage: Storage):
    record = await keep_claimed(storage, "worker-1")

    assert await storage.vector_store_files.claim("worker-1", 10) == []

    assert await storage.vector_store_files.complete(record, [], 0)


async def test_what_waits_is_claimed_before_what_was_left_behind(storage: Storage):
    left = await keep_claimed(storage)
    waiting = await add_file(storage, await keep_vector_store(storage))

    first = await storage.vector_store_files.claim("worker-2", 1)
    both = await storage.vector_store_files.claim("worker-3", 2)

    assert [record.file.id for record in first] == [waiting.id]
    assert {record.file.id for record in both} == {waiting.id, left.file.id}


async def test_what_an_earlier_attempt_wrote_is_not_found_beside_the_later(
    storage: Storage, manual_clock: ManualClock
):
    store = await keep_vector_store(storage)
    file = await add_text(storage, store, "apples", "pears")
    await storage.vector_store_files.insert(PROJECT, file)
    record = await claim_file(storage)
    assert await storage.vector_store_files.complete(record, [Chunk(text="plums")], 5)

    assert await storage.chunks.texts(PROJECT, store.id, file.id) == ["plums"]
    hits = await storage.chunks.search(PROJECT, [store.id], ["apples pears plums"], limit=9)
    assert [hit.text for hit in hits] == ["plums"]
    assert (await found_vector_store(storage, store)).usage_bytes == 5


async def test_orphans_are_left_alone_by_who_may_not_take_them(storage: Storage):
    left = await keep_claimed(storage)  # its worker never had a lease
    waiting = await add_file(storage, await keep_vector_store(storage))

    first = await storage.vector_store_files.claim("worker-2", 10, orphans=False)
    second = await storage.vector_store_files.claim("worker-2", 10)

    assert [record.file.id for record in first] == [waiting.id]
    assert [record.file for record in second] == [left.file]


async def test_a_worker_is_told_which_files_it_holds(storage: Storage):
    await storage.workers.renew("worker-1", 60)
    mine = [await keep_claimed(storage, "worker-1") for _ in range(3)]
    await keep_claimed(storage, "worker-2")
    assert await storage.vector_store_files.complete(mine[0], [], 0)

    owned = await storage.vector_store_files.owned("worker-1")

    assert sorted(owned, key=str) == sorted(mine[1:], key=str)
    assert await storage.vector_store_files.owned("worker-3") == []


async def test_what_is_given_back_can_be_claimed_at_once_and_counts_no_attempt(storage: Storage):
    await storage.workers.renew("worker-1", 60)
    record = await keep_claimed(storage, "worker-1")

    assert await storage.vector_store_files.release(record)

    assert await storage.vector_store_files.owned("worker-1") == []
    taken = await claim_file(storage, "worker-2")
    assert (taken.file, taken.attempts) == (record.file, 1)
    assert not await storage.vector_store_files.complete(record, [Chunk(text="late")], 4)
    assert await storage.vector_store_files.complete(taken, [Chunk(text="in time")], 7)
    texts = await storage.chunks.texts(
        PROJECT, record.vector_store_file.vector_store_id, record.file.id
    )
    assert texts == ["in time"]


async def test_what_was_lost_cannot_be_given_back(storage: Storage):
    record = await keep_claimed(storage, "worker-1")
    taken = await claim_file(storage, "worker-2")

    assert not await storage.vector_store_files.release(record)

    assert await storage.vector_store_files.owned("worker-2") == [taken]
    assert await storage.vector_store_files.complete(taken, [], 0)
    assert not await storage.vector_store_files.release(taken)
