"""Searching by meaning in every storage."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.support.file_records import add_file, claim_file, keep_vector_store
from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT
from tests.support.vectors import OTHER_SPACE, SPACE, chunk, meaning
from threadkeep.storage import Chunk, ChunkHit, Ranking, Storage
from threadkeep.types.attribute_filter import EqualFilter
from threadkeep.types.embedding import Embedding, EmbeddingSpace
from threadkeep.types.vector_store import ExpiresAfter, VectorStore, VectorStoreFile

NEAR = pytest.approx


async def add(
    storage: Storage, store: VectorStore, *chunks: Chunk, project: str = PROJECT, **fields: Any
) -> VectorStoreFile:
    """A completed file with these chunks."""
    file = await add_file(storage, store, project, **fields)
    assert await storage.vector_store_files.complete(await claim_file(storage), chunks, 1)
    return file


async def search(
    storage: Storage,
    store: VectorStore,
    *degrees: float,
    queries: list[str] | None = None,
    **options: Any,
) -> list[ChunkHit]:
    texts = queries or ["?"] * len(degrees)
    given = {"limit": 10, "embedding": meaning(*degrees)} | options
    return await storage.chunks.search(PROJECT, [store.id], texts, **given)


async def found(storage: Storage, store: VectorStore, *degrees: float, **options: Any) -> list[str]:
    return [hit.text for hit in await search(storage, store, *degrees, **options)]


def cosine(degrees: float) -> Any:
    """As exact as floats of 16 bits are."""
    return pytest.approx(math.cos(math.radians(degrees)), abs=2e-3)


async def test_the_nearest_comes_first_and_its_score_is_the_cosine(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, chunk("east", 0), chunk("north", 90), chunk("north-east", 45))

    hits = await search(storage, store, 10)

    assert [hit.text for hit in hits] == ["east", "north-east", "north"]
    assert [hit.score for hit in hits] == [cosine(10), cosine(35), cosine(80)]
    assert [hit.position for hit in hits] == [0, 2, 1]


async def test_what_points_the_other_way_has_the_score_zero(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, chunk("west", 180))

    (hit,) = await search(storage, store, 0)

    assert hit.score == 0
    assert await search(storage, store, 0, min_score=0.001) == []


async def test_a_chunk_is_as_near_as_the_nearest_of_its_windows(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, chunk("wide", 200, 90, 20), chunk("narrow", 60))

    hits = await search(storage, store, 90)

    assert [(hit.text, hit.score) for hit in hits] == [("wide", cosine(0)), ("narrow", cosine(30))]


async def test_windows_that_chunks_share_belong_to_each(storage: Storage):
    store = await keep_vector_store(storage)
    await add(
        storage,
        store,
        chunk("first", 0, 30, 60),
        chunk("second", 30, 60, 90),
        chunk("third", 90, 120),
    )

    assert await found(storage, store, 60, min_score=0.99) == ["first", "second"]
    assert await found(storage, store, 90, min_score=0.99) == ["second", "third"]
    assert await found(storage, store, 0, min_score=0.99) == ["first"]
    assert await found(storage, store, 120, min_score=0.99) == ["third"]


async def test_of_many_queries_a_chunk_has_the_score_of_its_best(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, chunk("east", 0), chunk("north", 90), chunk("west", 180))

    hits = await search(storage, store, 5, 90)

    assert {hit.text: hit.score for hit in hits} == {
        "east": cosine(5),
        "north": cosine(0),
        "west": cosine(90),
    }
    assert hits[-1].text == "west"


async def test_what_both_orders_know_comes_before_what_one_knows(storage: Storage):
    store = await keep_vector_store(storage)
    places = {"tea": 70, "coffee": 10, "cocoa": 20, "juice": 80, "tea and milk": 30}
    await add(storage, store, *(chunk(text, place) for text, place in places.items()))

    hits = await search(storage, store, 10, queries=["tea"])

    assert [hit.text for hit in hits[:3]] == ["tea and milk", "tea", "coffee"]
    assert [hit.score for hit in hits] == [cosine(places[hit.text] - 10) for hit in hits]


async def test_the_orders_count_as_much_as_the_weights_say(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, chunk("tea", 80), chunk("coffee", 10), chunk("milk", 30))

    async def first(**ranking: Any) -> str:
        texts = await found(storage, store, 10, queries=["tea"], ranking=Ranking(**ranking))
        return texts[0]

    assert await first(embedding_weight=0.1, text_weight=0.9) == "tea"
    assert await first(embedding_weight=1.0, text_weight=0.0) == "coffee"
    assert await first(is_fused=False, text_weight=1.0, embedding_weight=0.0) == "coffee"


async def test_a_chunk_without_vectors_is_found_by_its_words(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, chunk("east", 0), Chunk(text="plain tea"))

    hits = await search(storage, store, 0, queries=["tea"])

    assert {hit.text: hit.score for hit in hits} == {"east": cosine(0), "plain tea": NEAR(1)}


async def test_scores_below_the_threshold_are_left_out_whatever_finds_them(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, chunk("tea", 80), chunk("coffee", 10), chunk("milk", 30))

    assert await found(storage, store, 10, queries=["tea"], min_score=0.9) == ["coffee", "milk"]
    assert await found(storage, store, 10, queries=["tea"], min_score=1.0) in ([], ["coffee"])
    assert await found(storage, store, 10, limit=1) == ["coffee"]
    assert await found(storage, store, 10, limit=0) == []


async def test_filters_come_before_the_nearest_are_chosen(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, *(chunk(f"near {n}", 0) for n in range(250)))
    await add(storage, store, chunk("far", 100), attributes={"kind": "rare"})
    wanted = EqualFilter(key="kind", value="rare")

    assert await found(storage, store, 0, filters=wanted, limit=3) == ["far"]


async def test_a_vector_store_is_searched_in_the_space_of_its_first_vectors(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, Chunk(text="plain"))
    assert await storage.chunks.spaces(PROJECT, [store.id]) == {}

    await add(storage, store, chunk("east", 0))
    await add(storage, store, chunk("other east", 0, space=OTHER_SPACE))

    assert await storage.chunks.spaces(PROJECT, [store.id, "vs_absent"]) == {store.id: SPACE}
    assert await storage.chunks.spaces("theirs", [store.id]) == {}
    assert await found(storage, store, 0) == ["east"]
    assert await found(storage, store, embedding=meaning(0, space=OTHER_SPACE), queries=["x"]) == []
    same_name = EmbeddingSpace(SPACE.model, 8)
    other_length = Embedding(same_name, [b"\0" * 32])
    assert await found(storage, store, embedding=other_length, queries=["east"]) == [
        "east",
        "other east",
    ]


async def test_an_emptied_vector_store_takes_the_space_of_what_comes_next(storage: Storage):
    store = await keep_vector_store(storage)
    old = await add(storage, store, chunk("east", 0))
    await storage.vector_store_files.delete(PROJECT, store.id, old.id)

    await add(storage, store, chunk("other east", 0, space=OTHER_SPACE))

    assert await storage.chunks.spaces(PROJECT, [store.id]) == {store.id: OTHER_SPACE}


async def test_vector_stores_of_several_spaces_are_searched_together(storage: Storage):
    mine, other = await keep_vector_store(storage), await keep_vector_store(storage)
    await add(storage, mine, chunk("tea in the east", 0))
    await add(storage, other, chunk("tea elsewhere", 0, space=OTHER_SPACE))

    hits = await storage.chunks.search(
        PROJECT, [mine.id, other.id], ["tea elsewhere"], limit=9, embedding=meaning(20)
    )

    assert {hit.text: hit.score for hit in hits} == {
        "tea in the east": cosine(20),
        "tea elsewhere": NEAR(1),
    }


async def test_what_comes_and_goes_is_seen_at_once(storage: Storage, manual_clock: ManualClock):
    store = await keep_vector_store(storage, expires_after=ExpiresAfter(days=1))
    first = await add(storage, store, chunk("first", 0))
    assert await found(storage, store, 0) == ["first"]

    second = await add(storage, store, chunk("second", 10))
    assert await found(storage, store, 0) == ["first", "second"]

    await storage.vector_store_files.insert(PROJECT, first)
    assert await found(storage, store, 0) == ["second"]
    record = await claim_file(storage)
    assert await storage.vector_store_files.complete(record, [chunk("first anew", 5)], 1)
    assert await found(storage, store, 0) == ["first anew", "second"]

    assert await storage.vector_store_files.delete(PROJECT, store.id, second.id)
    assert await found(storage, store, 0) == ["first anew"]
    while await storage.chunks.sweep(10):
        pass
    assert await found(storage, store, 0) == ["first anew"]
    manual_clock.advance(24 * 60 * 60)
    assert await found(storage, store, 0) == []


async def test_a_file_of_many_chunks_is_found_in_all_of_them(storage: Storage):
    store = await keep_vector_store(storage)
    chunks = [chunk(f"chunk {n}", n, n + 1, n + 2) for n in range(120)]
    await add(storage, store, *chunks)

    for n in (0, 24, 25, 49, 50, 119):
        (hit,) = await search(storage, store, n + 0.5, limit=1)
        assert abs(hit.position - n) <= 2


async def test_another_project_has_other_vectors(storage: Storage):
    for project in ("mine", "theirs"):
        store = await keep_vector_store(storage, project, id="vs_1")
        await add(storage, store, chunk(f"of {project}", 0), project=project)

    hits = await storage.chunks.search("mine", ["vs_1"], ["?"], limit=9, embedding=meaning(0))

    assert [hit.text for hit in hits] == ["of mine"]


# Embedding anew -----------------------------------------------------------------------------------


async def test_chunks_without_vectors_of_a_space_are_told_as_they_stand(storage: Storage):
    store = await keep_vector_store(storage)
    first = await add(storage, store, chunk("a", 0), Chunk(text="ab", overlap=1))
    second = await add(storage, store, Chunk(text="c\x00\U0001f9f5"))
    await add_file(storage, store)

    left = await storage.chunks.unembedded(PROJECT, store.id, SPACE, 10)

    told = [(each.file_id, each.position, each.overlap, each.text) for each in left]
    assert told == [(first.id, 1, 1, "ab"), (second.id, 0, 0, "c\x00\U0001f9f5")]
    assert await storage.chunks.unembedded(PROJECT, store.id, SPACE, 1) == left[:1]
    assert await storage.chunks.count_unembedded(PROJECT, store.id, SPACE) == 2
    assert await storage.chunks.count_unembedded(PROJECT, store.id, OTHER_SPACE) == 3
    assert await storage.chunks.count_unembedded("theirs", store.id, OTHER_SPACE) == 0


async def test_a_vector_store_adopts_a_space_once_all_its_chunks_are_in_it(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, *(chunk(str(n), 3 * n) for n in range(60)))
    assert not await storage.chunks.adopt(PROJECT, store.id, OTHER_SPACE)

    left = await storage.chunks.unembedded(PROJECT, store.id, OTHER_SPACE, 1000)
    turned = {each.seq: meaning(90 + 3 * int(each.text), space=OTHER_SPACE) for each in left}
    some = dict(list(turned.items())[:50])
    await storage.chunks.embed(PROJECT, store.id, some)
    await storage.chunks.embed(PROJECT, store.id, some)
    assert not await storage.chunks.adopt(PROJECT, store.id, OTHER_SPACE)
    assert await found(storage, store, 0, limit=1) == ["0"]
    await storage.chunks.embed(PROJECT, store.id, turned | {10**9: meaning(0)})

    assert await storage.chunks.adopt(PROJECT, store.id, OTHER_SPACE)
    assert await storage.chunks.adopt(PROJECT, store.id, OTHER_SPACE)

    assert await storage.chunks.spaces(PROJECT, [store.id]) == {store.id: OTHER_SPACE}
    in_new = meaning(105, space=OTHER_SPACE)
    assert await found(storage, store, embedding=in_new, queries=["?"], limit=1) == ["5"]
    assert await found(storage, store, 0) == []
    assert await storage.chunks.count_unembedded(PROJECT, store.id, SPACE) == 60


async def test_nothing_of_another_project_is_embedded(storage: Storage):
    store = await keep_vector_store(storage)
    await add(storage, store, Chunk(text="a"))
    (left,) = await storage.chunks.unembedded(PROJECT, store.id, SPACE, 10)

    await storage.chunks.embed("theirs", store.id, {left.seq: meaning(0)})

    assert await storage.chunks.count_unembedded(PROJECT, store.id, SPACE) == 1
    assert not await storage.chunks.adopt("theirs", store.id, SPACE)
    assert not await storage.chunks.adopt(PROJECT, "vs_absent", SPACE)
