"""Vectors in memory: loaded once, kept as long as there is room, and right whatever is loaded when."""

from __future__ import annotations

import pytest

from tests.support.file_records import add_file, claim_file, keep_vector_store
from tests.support.records import PROJECT
from tests.support.vectors import chunk, meaning
from threadkeep.storage import common_words
from threadkeep.storage.sqlite import (
    SQLiteStorage,
    chunk_search,
    nearest,
    vector_block,
    vector_index,
)

PAGE = "chunk_vectors/page"
OF_CHUNKS = "chunk_vectors/of_chunks"


@pytest.fixture
async def opened():
    """Make a storage that has so much room for vectors, and tells what it executes."""
    storages = []

    async def open_with(vector_bytes: int) -> tuple[SQLiteStorage, list[str]]:
        executed: list[str] = []
        storage = SQLiteStorage(":memory:", trace=executed.append, vector_bytes=vector_bytes)
        await storage.open()
        storages.append(storage)
        return storage, executed

    yield open_with
    for storage in storages:
        await storage.close()


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(vector_block, "BLOCK_CHUNKS", 4)
    monkeypatch.setattr(vector_index, "BLOCK_CHUNKS", 4)


async def add(storage, store, *degrees: float):
    file = await add_file(storage, store)
    chunks = [chunk(str(each), each, each + 1) for each in degrees]
    assert await storage.vector_store_files.complete(await claim_file(storage), chunks, 1)
    return file


async def found(storage, store, degrees, limit=50):
    hits = await storage.chunks.search(
        PROJECT, [store.id], ["?"], limit=limit, embedding=meaning(degrees)
    )
    return [hit.text for hit in hits]


async def test_what_is_loaded_is_not_loaded_again(opened, small_blocks):
    storage, executed = await opened(1_000_000)
    store = await keep_vector_store(storage)
    await add(storage, store, *range(0, 60, 6))
    await found(storage, store, 0)
    executed.clear()

    assert await found(storage, store, 0, limit=2) == ["0", "6"]
    assert PAGE not in executed
    await add(storage, store, 3)
    assert await found(storage, store, 0, limit=3) == ["0", "3", "6"]
    assert executed.count(PAGE) == 2  # what was not full, and that nothing is behind it


async def test_every_block_is_searched(opened, small_blocks):
    storage, _ = await opened(1_000_000)
    store = await keep_vector_store(storage)
    degrees = [*range(0, 85, 5)]
    await add(storage, store, *degrees[:9])
    await add(storage, store, *degrees[9:])

    for each in degrees:
        assert (await found(storage, store, each))[0] in {str(each), str(each - 1)}
    assert len(await found(storage, store, 0)) == len(degrees)


async def test_what_was_searched_last_stays(opened):
    storage, executed = await opened(3_000)
    first, second = [await keep_vector_store(storage) for _ in range(2)]
    for store in (first, second):
        await add(storage, store, *range(30))

    async def is_loaded(store) -> bool:
        executed.clear()
        assert (await found(storage, store, 5, limit=1))[0] in {"4", "5"}
        return PAGE not in executed

    assert not await is_loaded(first)
    assert await is_loaded(first)
    assert not await is_loaded(second)
    assert not await is_loaded(first)
    assert await is_loaded(first)


async def test_of_what_is_larger_than_the_room_only_the_signs_are_held(opened, small_blocks):
    storage, executed = await opened(100)
    store = await keep_vector_store(storage)
    await add(storage, store, *range(0, 60, 3))
    assert (await found(storage, store, 30, limit=1)) == ["30"]
    assert executed.count(PAGE) == 6

    executed.clear()
    assert (await found(storage, store, 33, limit=1)) == ["33"]
    assert PAGE not in executed
    assert OF_CHUNKS in executed


@pytest.mark.parametrize("vector_bytes", [100, 1_000_000])
async def test_not_all_of_many_chunks_are_compared_and_yet_the_nearest_are_found(
    opened, small_blocks, monkeypatch, vector_bytes
):
    monkeypatch.setattr(nearest, "COMPARED_CHUNKS", 10)
    storage, _ = await opened(vector_bytes)
    store = await keep_vector_store(storage)
    await add(storage, store, *range(0, 360, 3))

    for each in (12, 99, 201, 342):
        assert (await found(storage, store, each + 0.2, limit=3))[0] == str(each)
    assert len(await found(storage, store, 45)) == 30  # those of a quarter, the others are far off


async def test_what_has_shrunk_leaves_the_memory(opened, small_blocks):
    storage, executed = await opened(1_000_000)
    store = await keep_vector_store(storage)
    large = await add(storage, store, *range(0, 120, 2))
    await add(storage, store, 7)
    await found(storage, store, 0)

    await storage.vector_store_files.delete(PROJECT, store.id, large.id)
    assert await found(storage, store, 0) == ["7"]
    while await storage.chunks.sweep(100):
        pass
    await add(storage, store, 9)
    executed.clear()
    assert await found(storage, store, 0) == ["7", "9"]
    assert executed.count(PAGE) == 2


async def test_words_that_most_chunks_hold_are_left_out_beside_rarer_ones(opened, monkeypatch):
    for module in (chunk_search, common_words):
        monkeypatch.setattr(module, "COMMON_CHUNKS", 10)
    storage, _ = await opened(1_000_000)
    store = await keep_vector_store(storage)
    await add_file(storage, store)
    chunks = [chunk(f"tea number{number}") for number in range(12)]
    assert await storage.vector_store_files.complete(await claim_file(storage), chunks, 1)

    async def texts(query):
        hits = await storage.chunks.search(PROJECT, [store.id], [query], limit=50)
        return [hit.text for hit in hits]

    assert await texts("tea number3") == ["tea number3"]
    assert len(await texts("tea unheard")) == 12
    assert len(await texts("tea")) == 12
