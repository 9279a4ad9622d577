"""Searching in every storage."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from tests.support.file_records import (
    add_file,
    add_text,
    claim_file,
    keep_vector_store,
)
from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT
from threadkeep.storage import Chunk, ChunkHit, Storage
from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.vector_store import ExpiresAfter, VectorStore

ODD_QUERIES = [
    "",
    "   ",
    "?!…",
    '"',
    "'; drop table chunks; --",
    'text : "apples" OR vector_store : "1"',
    "* ^ NEAR( ) {}",
    "a AND NOT b",
    "\x00",
    "___",
    "\U0001f9f5",
    "x" * 10_000,
    " ".join(f"word{number}" for number in range(500)),
]


async def search(
    storage: Storage, store: VectorStore, *queries: str, **options: Any
) -> list[ChunkHit]:
    return await storage.chunks.search(PROJECT, [store.id], queries, **{"limit": 10} | options)


async def texts_of(
    storage: Storage, store: VectorStore, *queries: str, **options: Any
) -> list[str]:
    return [hit.text for hit in await search(storage, store, *queries, **options)]


async def test_a_hit_tells_the_page_and_the_headings_of_its_chunk(storage: Storage):
    store = await keep_vector_store(storage)
    await add_file(storage, store)
    chunks = [
        Chunk(text="Apples", page=7, heading="Obst > Größe 日本"),
        Chunk(text="Apples and pears", page=1),
        Chunk(text="Apples, pears and plums", heading="Obst"),
        Chunk(text="Apples, pears, plums and figs"),
    ]
    assert await storage.vector_store_files.complete(await claim_file(storage), chunks, 9)

    hits = await search(storage, store, "apples")

    found = {hit.position: (hit.page, hit.heading) for hit in hits}
    assert found == {n: (chunk.page, chunk.heading) for n, chunk in enumerate(chunks)}


async def test_a_hit_tells_where_it_was_found(storage: Storage):
    store = await keep_vector_store(storage)
    file = await add_text(
        storage,
        store,
        "Plums are blue.",
        "Apples are red.",
        filename="obst Größe.md",
        attributes={"year": 2023, "draft": False},
    )

    (hit,) = await search(storage, store, "What colour are apples?")

    assert msgspec.structs.replace(hit, score=1.0) == ChunkHit(
        vector_store_id=store.id,
        file_id=file.id,
        filename="obst Größe.md",
        attributes={"year": 2023, "draft": False},
        position=1,
        text="Apples are red.",
        score=1.0,
    )
    assert 0 < hit.score < 1  # nothing is said of a colour


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("running", True),
        ("runs", True),
        ("RUN", True),
        ("Café", True),
        ("cafe", True),
        ("snake_case", True),
        ("snake", True),
        ("2023", True),
        ("東京", True),
        ("grün", True),
        ("gruen", False),
        ("walk", False),
        ("202", False),
    ],
)
async def test_words_are_found_in_all_their_forms(storage: Storage, query: str, is_found: bool):
    store = await keep_vector_store(storage)
    await add_text(storage, store, "She runs to the CAFE (東京) in 2023; see snake_case, grün.")

    assert len(await search(storage, store, query)) == is_found


@pytest.mark.parametrize(
    ("text", "query", "is_found"),
    [
        ("Die Größe", "größe", True),
        ("Die Größe", "GRÖßE", True),
        ("Die Größe", "grosse", False),
        ("Fußball", "Fußball", True),
        ("Crème brûlée", "creme brulee", True),
        ("Ångström", "angstrom", True),
        ("İstanbul", "istanbul", True),
        ("ΟΔΟΣ", "οδός", True),
        ("ЁЛКА", "ёлка", True),
        ("ды\u0301м", "дым", True),
        ("ガラス", "ガラス", True),
        ("ガラス", "カラス", False),
        ("see https://example.com/a/plan-b.html?x=1", "plan", True),
        ("write to ada.lovelace@example.com", "lovelace", True),
        ("version v1.2.3 of 2024-05-06", "2024", True),
        ("a well-known fact", "known", True),
        ("it costs -1.5e3 or 0x1F", "0x1f", True),
    ],
)
async def test_a_word_is_the_same_whatever_stands_around_it(
    storage: Storage, text: str, query: str, is_found: bool
):
    store = await keep_vector_store(storage)
    await add_text(storage, store, text)

    assert len(await search(storage, store, query)) == is_found


async def test_the_best_answer_comes_first(storage: Storage):
    store = await keep_vector_store(storage)
    texts = [
        "Apples grow on trees.",
        "Apples and pears: apples are red, pears are green, apples are sweet.",
        "Cherries are red.",
        "Trains run on rails.",
    ]
    await add_text(storage, store, *texts)

    hits = await search(storage, store, "Are apples red?")

    assert hits[0].text == texts[1]
    assert {hit.text for hit in hits} == set(texts[:3])
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 < hit.score <= 1 for hit in hits)


async def test_the_only_chunk_there_is_can_be_a_full_answer(storage: Storage):
    store = await keep_vector_store(storage)
    await add_text(storage, store, "The password of the wifi is swordfish.")

    (hit,) = await search(storage, store, "What is the password of the wifi?")

    assert hit.score == pytest.approx(1)


async def test_rare_words_count_for_more(storage: Storage):
    store = await keep_vector_store(storage)
    await add_text(storage, store, *(f"invoice number {number}" for number in range(20)))
    await add_text(storage, store, "the zebra is striped")

    first, *others = await search(storage, store, "zebra invoice")

    assert first.text == "the zebra is striped"
    assert all(first.score > 2 * other.score for other in others)


async def test_a_question_of_common_words_alone_is_still_answered(storage: Storage):
    store = await keep_vector_store(storage)
    await add_text(storage, store, "to be or not to be", "apples")

    assert await texts_of(storage, store, "to be or not to be") == ["to be or not to be"]


async def test_of_many_queries_a_chunk_has_the_score_of_its_best(storage: Storage):
    store = await keep_vector_store(storage)
    await add_text(storage, store, "apples are red", "pears are green", "plums are blue")

    hits = await search(storage, store, "apples trains planes", "pears")
    alone = await search(storage, store, "pears")

    assert [hit.text for hit in hits] == ["pears are green", "apples are red"]
    assert hits[0] == alone[0]
    assert await search(storage, store, "pears", "pears") == alone


async def test_as_many_as_asked_for_and_none_below_the_score(storage: Storage):
    store = await keep_vector_store(storage)
    await add_text(storage, store, *(f"apple {'sweet ' * number}" for number in range(20)))

    all_hits = await search(storage, store, "sweet apple", limit=50)

    assert len(all_hits) == 20
    assert await search(storage, store, "sweet apple", limit=3) == all_hits[:3]
    threshold = all_hits[4].score
    assert await search(storage, store, "sweet apple", limit=50, min_score=threshold) == [
        hit for hit in all_hits if hit.score >= threshold
    ]
    assert await search(storage, store, "sweet apple", limit=0) == []


async def test_equal_answers_come_in_the_order_in_which_they_were_kept(storage: Storage):
    store = await keep_vector_store(storage)
    files = [await add_text(storage, store, "apples") for _ in range(5)]

    hits = await search(storage, store, "apples", limit=3)

    assert [hit.file_id for hit in hits] == [file.id for file in files[:3]]


async def test_only_the_vector_stores_named_are_searched(storage: Storage):
    stores = [await keep_vector_store(storage) for _ in range(3)]
    for number, store in enumerate(stores):
        await add_text(storage, store, f"apples of store {number}")
    theirs = await keep_vector_store(storage, "theirs")
    await add_text(storage, theirs, "apples of theirs", project="theirs")

    async def found_in(*searched: VectorStore) -> list[str]:
        hits = await storage.chunks.search(
            PROJECT, [store.id for store in searched], ["apples"], limit=10
        )
        return sorted(hit.vector_store_id for hit in hits)

    assert await found_in(stores[0]) == [stores[0].id]
    assert await found_in(stores[0], stores[2]) == sorted([stores[0].id, stores[2].id])
    assert await found_in(stores[1], stores[1]) == [stores[1].id]
    assert await found_in(theirs) == []
    assert await found_in() == []
    absent = await storage.chunks.search(PROJECT, ["vs_absent"], ["apples"], limit=10)
    assert absent == []


async def test_an_id_that_two_projects_have_is_searched_in_one(storage: Storage):
    for project in ("mine", "theirs"):
        store = await keep_vector_store(storage, project, id="vs_1")
        await add_text(storage, store, f"apples of {project}", project=project)

    hits = await storage.chunks.search("mine", ["vs_1"], ["apples"], limit=10)

    assert [hit.text for hit in hits] == ["apples of mine"]


async def test_what_others_keep_does_not_change_the_score(storage: Storage):
    store = await keep_vector_store(storage)
    await add_text(storage, store, "apples are red", "pears are green")
    before = await search(storage, store, "red apples")
    theirs = await keep_vector_store(storage, "theirs")
    await add_text(storage, theirs, *["apples are red"] * 50, project="theirs")

    after = await search(storage, store, "red apples")

    assert [hit.text for hit in after] == [hit.text for hit in before]
    assert after[0].score == pytest.approx(before[0].score, abs=0.01)


@pytest.mark.parametrize("query", ODD_QUERIES, ids=range(len(ODD_QUERIES)))
async def test_no_query_is_a_command(storage: Storage, query: str):
    store = await keep_vector_store(storage)
    await add_text(storage, store, "oranges")
    theirs = await keep_vector_store(storage, "theirs")
    await add_text(storage, theirs, "apples word1 a b", project="theirs")

    assert await search(storage, store, query) == []


async def test_a_text_of_any_kind_can_be_kept(storage: Storage):
    store = await keep_vector_store(storage)
    texts = ["", "\x00apples\x00", "\U0001f9f5 apples", "apples" * 10_000, "'apples'\n\r\t"]
    file = await add_text(storage, store, *texts)

    assert await storage.chunks.texts(PROJECT, store.id, file.id) == texts
    assert {texts[1], texts[2], texts[4]} == set(await texts_of(storage, store, "apples"))


async def test_only_completed_files_are_searched(storage: Storage):
    store = await keep_vector_store(storage)
    await add_file(storage, store)
    record = await claim_file(storage)

    assert await search(storage, store, "apples") == []
    await storage.vector_store_files.complete(record, [Chunk(text="apples")], 6)
    assert await texts_of(storage, store, "apples") == ["apples"]
    await storage.vector_store_files.delete(PROJECT, store.id, record.file.id)
    assert await search(storage, store, "apples") == []


async def test_a_vector_store_that_has_expired_is_not_searched(
    storage: Storage, manual_clock: ManualClock
):
    store = await keep_vector_store(storage, expires_after=ExpiresAfter(days=1))
    file = await add_text(storage, store, "apples")
    manual_clock.advance(24 * 60 * 60)

    assert await search(storage, store, "apples") == []
    assert await storage.chunks.texts(PROJECT, store.id, file.id) == []


ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "a", "year": 2020, "draft": True},
    {"name": "b", "year": 2022.5, "draft": False},
    {"name": "c", "year": "2023"},
    {"name": "d"},
]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"type": "eq", "key": "name", "value": "a"}, "a"),
        ({"type": "eq", "key": "draft", "value": True}, "a"),
        ({"type": "eq", "key": "year", "value": 2020}, "a"),
        ({"type": "ne", "key": "year", "value": 2020}, "bcd"),
        ({"type": "gt", "key": "year", "value": 2020}, "b"),
        ({"type": "gte", "key": "year", "value": 2020}, "ab"),
        ({"type": "lt", "key": "year", "value": 2022.5}, "a"),
        ({"type": "lte", "key": "year", "value": 2022.5}, "ab"),
        ({"type": "gt", "key": "name", "value": "b"}, "cd"),
        ({"type": "in", "key": "name", "value": ["a", "d", "x"]}, "ad"),
        ({"type": "nin", "key": "year", "value": [2020, "2023"]}, "bd"),
        (
            {
                "type": "and",
                "filters": [
                    {"type": "gte", "key": "year", "value": 2000},
                    {"type": "ne", "key": "draft", "value": True},
                ],
            },
            "b",
        ),
        (
            {
                "type": "or",
                "filters": [
                    {"type": "eq", "key": "name", "value": "c"},
                    {
                        "type": "and",
                        "filters": [{"type": "eq", "key": "draft", "value": True}],
                    },
                ],
            },
            "ac",
        ),
    ],
)
async def test_only_files_that_the_filter_lets_through_are_searched(
    storage: Storage, filters: dict[str, Any], names: str
):
    store = await keep_vector_store(storage)
    for attributes in ATTRIBUTES:
        await add_text(storage, store, "apples", attributes=attributes)
    asked: AttributeFilter = msgspec.convert(filters, AttributeFilter)

    hits = await search(storage, store, "apples", filters=asked)

    assert "".join(str(hit.attributes["name"]) for hit in hits) == names


async def test_a_filter_does_not_take_from_the_limit(storage: Storage):
    store = await keep_vector_store(storage)
    for number in range(10):
        await add_text(storage, store, f"apples {'red ' * number}", attributes={"number": number})
    filters = msgspec.convert({"type": "lt", "key": "number", "value": 3}, AttributeFilter)

    hits = await search(storage, store, "red apples", filters=filters, limit=2)

    assert [hit.attributes["number"] for hit in hits] == [2, 1]


async def test_attributes_are_searched_as_they_are_now(storage: Storage):
    store = await keep_vector_store(storage)
    file = await add_text(storage, store, "apples", attributes={"year": 2020})
    record = await storage.vector_store_files.find(PROJECT, store.id, file.id)
    assert record is not None
    changed = msgspec.structs.replace(record.value, attributes={"year": 2021})
    assert await storage.vector_store_files.update(PROJECT, changed, record.revision)
    filters = msgspec.convert({"type": "eq", "key": "year", "value": 2021}, AttributeFilter)

    (hit,) = await search(storage, store, "apples", filters=filters)

    assert hit.attributes == {"year": 2021}


async def test_the_text_of_a_file_that_is_not_in_the_vector_store_is_none(storage: Storage):
    store, other = await keep_vector_store(storage), await keep_vector_store(storage)
    file = await add_text(storage, store, "apples")

    assert await storage.chunks.texts(PROJECT, store.id, file.id) == ["apples"]
    assert await storage.chunks.texts(PROJECT, other.id, file.id) is None
    assert await storage.chunks.texts("theirs", store.id, file.id) is None
    assert await storage.chunks.texts(PROJECT, store.id, "file-absent") is None


async def test_a_sweep_takes_what_nothing_can_find_and_nothing_else(storage: Storage):
    store = await keep_vector_store(storage)
    kept = await add_text(storage, store, "apples", "pears")
    removed = await add_text(storage, store, *["plums"] * 5)
    read_again = await add_text(storage, store, *["cherries"] * 3)
    assert await storage.chunks.sweep(100) == 0
    await storage.vector_store_files.delete(PROJECT, store.id, removed.id)
    await storage.vector_store_files.insert(PROJECT, read_again)

    swept = [await storage.chunks.sweep(3) for _ in range(4)]

    assert swept == [3, 3, 2, 0]
    assert await storage.chunks.texts(PROJECT, store.id, kept.id) == ["apples", "pears"]
    assert sorted(await texts_of(storage, store, "apples pears")) == ["apples", "pears"]


async def test_a_sweep_takes_as_many_as_it_may(storage: Storage):
    store = await keep_vector_store(storage)
    file = await add_text(storage, store, *["apples"] * 240)
    await storage.vector_store_files.delete(PROJECT, store.id, file.id)

    assert [await storage.chunks.sweep(100) for _ in range(4)] == [100, 100, 40, 0]
    assert await storage.chunks.sweep(0) == 0


async def test_a_sweep_takes_the_chunks_of_what_was_deleted_with_its_vector_store_or_file(
    storage: Storage,
):
    first, second = await keep_vector_store(storage), await keep_vector_store(storage)
    await add_text(storage, first, "apples", "pears")
    file = await add_text(storage, second, "plums")

    await storage.vector_stores.delete(PROJECT, first.id)
    await storage.files.delete(PROJECT, file.id)

    assert await storage.chunks.sweep(100) == 3
    assert await storage.chunks.sweep(100) == 0


async def test_a_sweep_takes_the_chunks_of_what_has_expired(
    storage: Storage, manual_clock: ManualClock
):
    stores = [
        await keep_vector_store(storage, expires_after=ExpiresAfter(days=days))
        for days in (1, 1, 9)
    ]
    for store in stores:
        await add_text(storage, store, "apples", "pears")
    manual_clock.advance(24 * 60 * 60)

    swept = [await storage.chunks.sweep(100) for _ in range(3)]

    assert swept == [2, 2, 0]
    assert len(await search(storage, stores[2], "apples pears")) == 2


async def test_sweeping_while_files_come_and_go_takes_nothing_that_is_there(storage: Storage):
    store = await keep_vector_store(storage)
    file = await add_text(storage, store, "apples 0")

    async def sweep() -> None:
        for _ in range(40):
            await storage.chunks.sweep(2)

    async def renew() -> None:
        for number in range(1, 11):
            await storage.vector_store_files.insert(PROJECT, file)
            record = await claim_file(storage)
            chunks = [Chunk(text=f"apples {number}")] * 3
            assert await storage.vector_store_files.complete(record, chunks, 1)
            assert await texts_of(storage, store, "apples") == [f"apples {number}"] * 3

    await asyncio.gather(sweep(), renew())

    while await storage.chunks.sweep(100):
        pass
    assert await texts_of(storage, store, "apples") == ["apples 10"] * 3
