"""Files of vector stores in every storage: adding, changing and removing them."""

from __future__ import annotations

import asyncio

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
    new_vector_store_file,
)
from tests.support.records import PROJECT
from threadkeep.errors import MissingError
from threadkeep.storage import Storage, StoredPage
from threadkeep.types.codec import encode
from threadkeep.types.page import PageQuery
from threadkeep.types.vector_store import StaticChunking, StaticChunkingStrategy


def ids_of(page: StoredPage) -> list[str]:
    return [msgspec.json.decode(body)["id"] for body in page.items]


async def test_what_was_added_is_found_byte_for_byte(storage: Storage):
    store = await keep_vector_store(storage)
    file = await add_file(
        storage,
        store,
        attributes={"author": "naïve 日本語", "year": 2023, "score": 0.5, "draft": True},
        chunking_strategy=StaticChunkingStrategy(static=StaticChunking()),
    )

    record = await storage.vector_store_files.find(PROJECT, store.id, file.id)

    assert record is not None
    assert record.body == encode(file)
    assert record.value == file


async def test_a_file_can_be_added_only_to_what_is_there(storage: Storage):
    store, theirs = await keep_vector_store(storage), await keep_vector_store(storage, "theirs")
    file, their_file = await keep_file(storage), await keep_file(storage, "theirs")

    for asked, noun, missing in (
        (new_vector_store_file(theirs, file), "vector store", theirs.id),
        (new_vector_store_file(store, their_file), "file", their_file.id),
    ):
        with pytest.raises(MissingError) as refused:
            await storage.vector_store_files.insert(PROJECT, asked)
        assert (refused.value.noun, refused.value.id) == (noun, missing)
    assert (await found_vector_store(storage, store)).file_counts.total == 0


async def test_a_file_may_be_in_many_vector_stores_with_other_attributes_in_each(
    storage: Storage,
):
    stores = [await keep_vector_store(storage) for _ in range(3)]
    kept = await keep_file(storage)
    files = [
        new_vector_store_file(store, kept, attributes={"number": number})
        for number, store in enumerate(stores)
    ]
    for file in files:
        await storage.vector_store_files.insert(PROJECT, file)

    assert await storage.vector_store_files.delete(PROJECT, stores[1].id, kept.id)

    assert await found_file(storage, files[0]) == files[0]
    assert await found_file(storage, files[2]) == files[2]
    assert await storage.vector_store_files.find(PROJECT, stores[1].id, kept.id) is None
    assert not await storage.vector_store_files.delete(PROJECT, stores[1].id, kept.id)
    assert await storage.files.find(PROJECT, kept.id) is not None


async def test_an_update_replaces_the_attributes_unless_it_has_changed_meanwhile(
    storage: Storage,
):
    store = await keep_vector_store(storage)
    file = await add_text(storage, store, "apples")
    seen = await storage.vector_store_files.find(PROJECT, store.id, file.id)
    assert seen is not None
    changed = replace(seen.value, attributes={"year": 2024})

    updates = [
        storage.vector_store_files.update(PROJECT, changed, seen.revision) for _ in range(10)
    ]
    assert (await asyncio.gather(*updates)).count(True) == 1
    assert not await storage.vector_store_files.update("theirs", file, seen.revision + 1)

    assert await found_file(storage, file) == changed


async def test_an_update_that_meets_the_end_of_reading_is_decided_again(storage: Storage):
    store = await keep_vector_store(storage)
    file = await add_file(storage, store)
    seen = await storage.vector_store_files.find(PROJECT, store.id, file.id)
    assert seen is not None
    assert await storage.vector_store_files.complete(await claim_file(storage), [], 5)

    assert not await storage.vector_store_files.update(PROJECT, file, seen.revision)

    assert (await found_file(storage, file)).status == "completed"


async def test_a_claim_does_not_disturb_who_changes_the_attributes(storage: Storage):
    store = await keep_vector_store(storage)
    file = await add_file(storage, store)
    record = await claim_file(storage)
    changed = replace(file, attributes={"year": 2024})

    assert await storage.vector_store_files.update(PROJECT, changed, 1)
    assert await storage.vector_store_files.complete(record, [], 5)

    completed = replace(changed, status="completed", usage_bytes=5)
    assert await found_file(storage, file) == completed


async def test_a_file_that_is_added_again_keeps_its_place_and_is_read_anew(storage: Storage):
    store = await keep_vector_store(storage)
    first = await add_text(storage, store, "apples")
    second = await add_text(storage, store, "pears")
    again = replace(first, created_at=7, attributes={"version": 2})

    await storage.vector_store_files.insert(PROJECT, again)

    page = await storage.vector_store_files.page(PROJECT, store.id, PageQuery(order="asc"))
    assert ids_of(page) == [first.id, second.id]
    assert await found_file(storage, first) == again
    assert await storage.chunks.search(PROJECT, [store.id], ["apples"], limit=10) == []
    assert await storage.chunks.texts(PROJECT, store.id, first.id) == []
    record = await claim_file(storage)
    assert (record.vector_store_file, record.attempts) == (again, 1)


async def test_a_failed_file_that_is_added_again_has_no_error(storage: Storage):
    store = await keep_vector_store(storage)
    file = await add_file(storage, store)
    await storage.vector_store_files.fail(await claim_file(storage), UNREADABLE)

    await storage.vector_store_files.insert(PROJECT, file)

    assert await found_file(storage, file) == file


async def test_a_page_is_of_one_status(storage: Storage):
    store = await keep_vector_store(storage)
    read = await add_text(storage, store, "apples")
    unreadable = await add_file(storage, store)
    await storage.vector_store_files.fail(await claim_file(storage), UNREADABLE)
    waiting = await add_file(storage, store)

    for status, wanted in (
        ("completed", [read.id]),
        ("failed", [unreadable.id]),
        ("in_progress", [waiting.id]),
        ("cancelled", []),
        (None, [waiting.id, unreadable.id, read.id]),
    ):
        page = await storage.vector_store_files.page(PROJECT, store.id, PageQuery(), status=status)
        assert ids_of(page) == wanted


async def test_a_cursor_of_another_vector_store_is_missing_in_this_one(storage: Storage):
    store, other = await keep_vector_store(storage), await keep_vector_store(storage)
    file = await add_file(storage, other)

    with pytest.raises(MissingError) as refused:
        await storage.vector_store_files.page(PROJECT, store.id, PageQuery(after=file.id))

    error = refused.value
    assert (error.noun, error.id, error.within) == ("file", file.id, store.id)
