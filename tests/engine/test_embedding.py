"""Files are embedded as they are read, and found by what they mean, whatever becomes of the embedding model."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.canned_server import DROP, Reply
from tests.support.nodes import GROUNDS, PROJECT, SECONDS
from tests.support.search import COFFEE, TEA, Library, in_store, search
from threadkeep.engine.reindexing import CHUNKS_AT_A_TIME
from threadkeep.errors import InvalidRequestError, MissingError
from threadkeep.types.chunking_request import ChunkSizesInput, StaticChunkingInput
from threadkeep.types.run import LastError
from threadkeep.types.tool import FileSearchOptionsInput, HybridSearchInput, RankingOptionsInput
from threadkeep.types.vector_store_request import (
    SearchRankingOptions,
    VectorStoreCreate,
    VectorStoreFileCreate,
    VectorStoreSearch,
)

BUSY = Reply({"error": {"message": "busy"}}, 503)
TOO_LONG = Reply({"error": {"message": "too long for me"}}, 400)


@pytest.fixture
async def library(nodes, scripted_embeddings):
    nodes.embedding_model = scripted_embeddings.model(nodes.transport)
    return Library(nodes, await nodes.start())


async def found(library, store, query, **fields):
    body = VectorStoreSearch(query=query, **fields)
    page = await library.engine.vector_stores.search(PROJECT, store.id, body)
    return [result.filename for result in page.data]


async def scores(library, store, query, **fields):
    body = VectorStoreSearch(query=query, **fields)
    page = await library.engine.vector_stores.search(PROJECT, store.id, body)
    return {result.filename: result.score for result in page.data}


async def logged(caplog, words):
    async with asyncio.timeout(SECONDS):
        while True:
            if words in caplog.text:
                return
            await asyncio.sleep(0.01)


async def test_what_means_the_same_is_found_by_other_words(library):
    store = await library.store(tea=TEA, coffee=COFFEE)

    assert (await found(library, store, "infusion"))[0] == "tea.txt"
    assert (await found(library, store, "espresso"))[0] == "coffee.txt"
    assert await scores(library, store, "infusion") == {"tea.txt": 1.0, "coffee.txt": 0.0}
    near = SearchRankingOptions(ranker="none", score_threshold=0.5)
    assert await found(library, store, "infusion", ranking_options=near) == ["tea.txt"]


async def test_several_queries_are_embedded_with_one_request(library, scripted_embeddings):
    store = await library.store(tea=TEA, coffee=COFFEE)
    before = len(scripted_embeddings.requests)

    assert await scores(library, store, ["infusion", "espresso"]) == {
        "tea.txt": 1.0,
        "coffee.txt": 1.0,
    }
    assert len(scripted_embeddings.requests) == before + 1


async def test_text_that_chunks_repeat_is_embedded_once(library, scripted_embeddings):
    text = " ".join(f"word{number}" for number in range(2000))
    store = await library.engine.vector_stores.create(PROJECT, VectorStoreCreate())
    file = await library.upload("words.txt", text)
    sizes = ChunkSizesInput(max_chunk_size_tokens=200, chunk_overlap_tokens=100)
    body = VectorStoreFileCreate(
        file_id=file.id, chunking_strategy=StaticChunkingInput(static=sizes)
    )

    await library.engine.vector_store_files.create(PROJECT, store.id, body)
    await library.read(store)

    passages = [each for each in scripted_embeddings.texts if each.startswith("word")]
    assert " ".join(passages) == text


async def test_a_run_finds_what_means_the_same(nodes, library):
    store = await library.store(tea=TEA, coffee=COFFEE)
    nodes.script.call_functions(search("infusion"))
    nodes.script.reply("At four.")
    both = RankingOptionsInput(
        score_threshold=0.5,
        hybrid_search=HybridSearchInput(embedding_weight=1.0, text_weight=0.0),
    )
    record = await library.run(
        assistant=in_store(store.id), search=FileSearchOptionsInput(ranking_options=both)
    )
    await library.events(record)

    (step, _) = await library.steps(record)
    (call,) = step.step_details.tool_calls
    assert [result.file_name for result in call.file_search.results] == ["tea.txt"]


async def test_words_alone_count_if_meaning_has_no_weight(nodes, library, scripted_embeddings):
    store = await library.store(tea=TEA, coffee=COFFEE)
    nodes.script.call_functions(search("infusion"))
    nodes.script.reply("I do not know.")
    words = RankingOptionsInput(
        score_threshold=0.0,
        hybrid_search=HybridSearchInput(embedding_weight=0.0, text_weight=1.0),
    )
    before = len(scripted_embeddings.requests)
    record = await library.run(
        assistant=in_store(store.id), search=FileSearchOptionsInput(ranking_options=words)
    )
    await library.events(record)

    (step, _) = await library.steps(record)
    (call,) = step.step_details.tool_calls
    assert call.file_search.results == []
    assert len(scripted_embeddings.requests) == before


async def test_a_file_waits_for_an_embedding_model_that_is_out_of_reach(
    library, scripted_embeddings, caplog
):
    scripted_embeddings.failures.extend([BUSY, DROP, BUSY])
    file = await library.upload("tea.txt", TEA)

    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(file_ids=[file.id])
    )
    await logged(caplog, "Trying again in 0.4 seconds")
    assert (await library.find(store.id)).file_counts.in_progress == 1
    scripted_embeddings.failures.clear()

    assert (await library.read(store)).file_counts.completed == 1
    assert (await found(library, store, "infusion"))[0] == "tea.txt"


async def test_a_file_that_is_taken_away_is_waited_for_no_longer(
    nodes, library, scripted_embeddings, caplog
):
    scripted_embeddings.failures.append(BUSY)
    file = await library.upload("tea.txt", TEA)
    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(file_ids=[file.id])
    )
    await logged(caplog, "Trying again in 0.2 seconds")

    await library.engine.vector_store_files.delete(PROJECT, store.id, file.id)
    scripted_embeddings.failures.clear()
    other = await library.store(coffee=COFFEE)

    assert (await library.find(store.id)).file_counts.total == 0
    assert (await found(library, other, "espresso")) == ["coffee.txt"]
    assert not any("tea" in text.lower() for text in scripted_embeddings.texts)


async def test_a_refusal_fails_the_file_with_the_reason(nodes, library, scripted_embeddings):
    scripted_embeddings.failures.append(TOO_LONG)
    file = await library.upload("tea.txt", TEA)
    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(file_ids=[file.id])
    )

    assert (await library.read(store)).file_counts.failed == 1

    record = await nodes.storage.vector_store_files.find(PROJECT, store.id, file.id)
    assert record.value.last_error == LastError(
        code="server_error",
        message="It could not be embedded. The upstream 'scripted' refuses the request (400): too long for me",
    )


async def test_a_search_goes_by_words_while_the_model_is_out_of_reach(
    library, scripted_embeddings, caplog
):
    store = await library.store(tea=TEA, coffee=COFFEE)
    scripted_embeddings.failures.append(BUSY)

    assert await found(library, store, "tea") == ["tea.txt"]
    assert await found(library, store, "infusion") == []
    assert "A search goes by words alone: The upstream 'scripted' failed (503)" in caplog.text


# Another model ------------------------------------------------------------------------------------


async def test_a_vector_store_of_another_model_is_searched_by_words_until_it_is_reindexed(
    nodes, library, scripted_embeddings, caplog
):
    store = await library.store(tea=TEA, coffee=COFFEE)
    nodes.embedding_model = scripted_embeddings.model(nodes.transport, "another")
    other = Library(nodes, await nodes.start())

    assert await found(other, store, "infusion") == []
    assert await found(other, store, "tea") == ["tea.txt"]
    assert f"threadkeep vector-stores reindex {store.id}" in caplog.text
    assert caplog.text.count("was embedded by scripted (4 dimensions)") == 1

    done = await other.engine.reindexing.reindex(PROJECT, store.id)

    assert (done.embedded_count, done.remaining_count) == (2, 0)
    assert (await found(other, store, "infusion"))[0] == "tea.txt"
    assert await found(library, store, "infusion") == []


async def test_reindexing_goes_on_where_it_was_left(nodes, scripted_embeddings):
    library = Library(nodes, await nodes.start())
    many = CHUNKS_AT_A_TIME + 4
    store = await library.store(**{f"tea{number}": TEA for number in range(many)})
    nodes.embedding_model = scripted_embeddings.model(nodes.transport)
    embedding = Library(nodes, await nodes.start())

    first = await embedding.engine.reindexing.reindex(PROJECT, store.id)
    assert (first.embedded_count, first.remaining_count) == (CHUNKS_AT_A_TIME, 4)
    assert await found(embedding, store, "infusion") == []
    texts = len(scripted_embeddings.texts)
    second = await embedding.engine.reindexing.reindex(PROJECT, store.id)

    assert (second.embedded_count, second.remaining_count) == (4, 0)
    assert len(scripted_embeddings.texts) == texts + 4
    assert len(await found(embedding, store, "infusion", max_num_results=50)) == many
    third = await embedding.engine.reindexing.reindex(PROJECT, store.id)
    assert (third.embedded_count, third.remaining_count) == (0, 0)


@pytest.mark.parametrize("ground", GROUNDS, indirect=True)
async def test_reindexing_comes_to_an_end_if_a_chunk_has_no_words(nodes, scripted_embeddings):
    library = Library(nodes, await nodes.start())
    store = await library.store(tea=TEA, blank="\u200b" * 20)
    nodes.embedding_model = scripted_embeddings.model(nodes.transport)
    embedding = Library(nodes, await nodes.start())

    done = await embedding.engine.reindexing.reindex(PROJECT, store.id)

    assert (done.embedded_count, done.remaining_count) == (2, 0)
    assert await scores(embedding, store, "infusion") == {"tea.txt": 1.0, "blank.txt": 0.0}


async def test_reindexing_is_refused_where_it_cannot_be_done(nodes, library):
    with pytest.raises(MissingError, match="vs_absent"):
        await library.engine.reindexing.reindex(PROJECT, "vs_absent")
    nodes.embedding_model = None
    without = Library(nodes, await nodes.start())
    store = await without.store(tea=TEA)

    with pytest.raises(InvalidRequestError, match="no embedding model"):
        await without.engine.reindexing.reindex(PROJECT, store.id)
