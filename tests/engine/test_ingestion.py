"""Ingestion: files of vector stores are read, whatever they are and whatever happens to who reads them."""

import asyncio
from contextlib import aclosing

import msgspec
import pytest

from tests.support import documents
from tests.support.nodes import GROUNDS, PROJECT, SECONDS, SETTINGS
from tests.support.search import COFFEE, TEA, Library
from threadkeep.engine.ingester import MAX_ATTEMPTS
from threadkeep.errors import InvalidRequestError, MissingError, VectorStoreExpiredError
from threadkeep.retrieval.process import ProcessReader
from threadkeep.types.attribute_filter import AndFilter, EqualFilter, GreaterFilter
from threadkeep.types.chunking_request import ChunkSizesInput, StaticChunkingInput
from threadkeep.types.page import PageQuery
from threadkeep.types.vector_store_request import (
    ExpiresAfterInput,
    FileBatchCreate,
    VectorStoreCreate,
    VectorStoreFileCreate,
    VectorStoreFileUpdate,
    VectorStoreSearch,
    VectorStoreUpdate,
)

pytestmark = pytest.mark.parametrize("ground", GROUNDS, indirect=True)

PAGE = PageQuery()


@pytest.fixture
async def library(nodes):
    return Library(nodes, await nodes.start())


async def file_in(nodes, store, file):
    record = await nodes.storage.vector_store_files.find(PROJECT, store.id, file.id)
    return record.value


async def add(library, store, file, **fields):
    body = VectorStoreFileCreate(file_id=file.id, **fields)
    return await library.engine.vector_store_files.create(PROJECT, store.id, body)


async def empty_store(library):
    return await library.engine.vector_stores.create(PROJECT, VectorStoreCreate())


async def found(library, store, query, **fields):
    body = VectorStoreSearch(query=query, **fields)
    page = await library.engine.vector_stores.search(PROJECT, store.id, body)
    return [(result.filename, result.content[0].text) for result in page.data]


async def logged(caplog, words):
    """Return once the log says so."""
    async with asyncio.timeout(SECONDS):
        while True:
            if words in caplog.text:
                return
            await asyncio.sleep(0.01)


async def test_a_vector_store_tells_truthfully_how_far_it_is(nodes, library):
    nodes.contents.hold()
    files = [await library.upload("tea.txt", TEA), await library.upload("bad.docx", b"PK")]

    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(file_ids=[file.id for file in files])
    )

    assert (store.status, store.file_counts.in_progress, store.file_counts.total) == (
        "in_progress",
        2,
        2,
    )
    nodes.contents.let_go()
    done = await library.read(store)
    assert done.status == "completed"
    assert (done.file_counts.completed, done.file_counts.failed) == (1, 1)
    assert done.usage_bytes == len(TEA)


async def test_a_file_is_read_as_soon_as_it_is_added(nodes):
    patient = msgspec.structs.replace(SETTINGS, sweep_seconds=1000.0, lease_seconds=1000.0)
    library = Library(nodes, await nodes.start(patient))
    store = await empty_store(library)

    await add(library, store, await library.upload("tea.txt", TEA))

    await library.read(store)
    assert await found(library, store, "tea") == [("tea.txt", TEA)]


@pytest.mark.parametrize(
    ("filename", "content", "code", "message"),
    [
        ("a.csv", "1,2", "unsupported_file", "Files with extensions [.csv] are not supported"),
        (
            "a.pdf",
            documents.pdf(""),
            "invalid_file",
            "The file could not be parsed. There is no text in it: its",
        ),
        ("a.txt", b"\xe9", "invalid_file", "The file could not be parsed. It is not text in"),
        ("a.txt", "", "invalid_file", "The file could not be parsed. There is no text in it."),
        ("a.docx", documents.zip_bomb(), "invalid_file", "The file could not be parsed. It has"),
        ("a.docx", documents.entity_bomb(), "invalid_file", "The file could not be parsed."),
        ("a.html", documents.slow_page(), "invalid_file", "The file could not be parsed. It takes"),
    ],
    ids=["csv", "scan", "latin-1", "empty", "zip bomb", "entity bomb", "slow"],
)
async def test_a_file_that_cannot_be_read_fails_with_the_reason(
    nodes, library, filename, content, code, message
):
    store = await empty_store(library)
    file = await library.upload(filename, content)

    added = await add(library, store, file)
    await library.read(store)

    assert added.status == "in_progress"
    failed = await file_in(nodes, store, file)
    assert (failed.status, failed.last_error.code) == ("failed", code)
    assert failed.last_error.message.startswith(message)
    content = await library.engine.vector_store_files.content(PROJECT, store.id, file.id)
    assert content.data == []


async def test_a_file_whose_bytes_are_lost_fails_with_a_server_error(nodes, library):
    store = await empty_store(library)
    file = await library.upload("tea.txt", TEA)
    await nodes.contents.delete(PROJECT, file.id)

    await add(library, store, file)
    await library.read(store)

    assert (await file_in(nodes, store, file)).last_error.code == "server_error"


async def test_the_text_of_a_file_is_given_back_whole(library):
    text = "".join(f"Paragraph {n} says something about tea.\n\n" for n in range(300))
    store = await empty_store(library)
    file = await library.upload("tea.txt", text)
    sizes = ChunkSizesInput(max_chunk_size_tokens=100, chunk_overlap_tokens=50)

    await add(library, store, file, chunking_strategy=StaticChunkingInput(static=sizes))
    await library.read(store)

    page = await library.engine.vector_store_files.content(PROJECT, store.id, file.id)
    assert "".join(part.text for part in page.data) == text
    assert len(page.data) > 20


async def test_chunks_have_the_sizes_that_were_asked_for_and_are_found(library):
    text = " ".join(f"word{n}" for n in range(2000))
    store = await empty_store(library)
    sizes = ChunkSizesInput(max_chunk_size_tokens=100, chunk_overlap_tokens=10)

    await add(
        library,
        store,
        await library.upload("words.txt", text),
        chunking_strategy=StaticChunkingInput(static=sizes),
    )
    await library.read(store)

    ((_, chunk),) = await found(library, store, "word1234", max_num_results=1)
    assert "word1234" in chunk
    assert len(chunk) <= 400


async def test_a_file_is_found_by_its_attributes(library):
    store = await empty_store(library)
    for year in (2023, 2024):
        file = await library.upload(f"{year}.txt", f"Tea of {year}")
        await add(library, store, file, attributes={"year": year, "kind": "tea", "hot": True})
    await library.read(store)
    newer = GreaterFilter(key="year", value=2023)
    both = AndFilter(filters=[newer, EqualFilter(key="hot", value=True)])

    assert [name for name, _ in await found(library, store, "tea", filters=both)] == ["2024.txt"]


async def test_attributes_can_be_changed_without_reading_again(nodes, library):
    store = await empty_store(library)
    file = await library.upload("tea.txt", TEA)
    await add(library, store, file, attributes={"year": 2023})
    await library.read(store)

    changed = await library.engine.vector_store_files.update(
        PROJECT, store.id, file.id, VectorStoreFileUpdate(attributes={"year": 2024})
    )

    assert (changed.attributes, changed.status) == ({"year": 2024}, "completed")
    cleared = await library.engine.vector_store_files.update(
        PROJECT, store.id, file.id, VectorStoreFileUpdate(attributes=None)
    )
    assert cleared.attributes == {}


async def test_a_file_that_is_added_again_is_read_again(nodes, library):
    store = await library.store(tea=TEA)
    page = await nodes.storage.vector_store_files.page(PROJECT, store.id, PAGE)
    file_id = page.first_id
    sizes = ChunkSizesInput(max_chunk_size_tokens=200, chunk_overlap_tokens=0)

    body = VectorStoreFileCreate(
        file_id=file_id, chunking_strategy=StaticChunkingInput(static=sizes)
    )
    again = await library.engine.vector_store_files.create(PROJECT, store.id, body)
    done = await library.read(store)

    assert again.status == "in_progress"
    assert (done.file_counts.completed, done.file_counts.total) == (1, 1)
    assert await found(library, store, "tea") == [("tea.txt", TEA)]


async def test_a_batch_counts_its_files_and_ends(library):
    store = await library.store(old=COFFEE)
    good = await library.upload("tea.txt", TEA)
    bad = await library.upload("bad.pptx", b"?")

    batch = await library.engine.file_batches.create(
        PROJECT, store.id, FileBatchCreate(file_ids=[good.id, bad.id, good.id])
    )
    await library.read(store)

    assert (batch.status, batch.file_counts.in_progress, batch.file_counts.total) == (
        "in_progress",
        2,
        2,
    )
    done = await library.engine.file_batches.find(PROJECT, store.id, batch.id)
    assert (done.status, done.file_counts.completed, done.file_counts.failed) == ("completed", 1, 1)


async def test_files_of_a_batch_may_each_have_their_own_attributes(nodes, library):
    store = await empty_store(library)
    one, two = await library.upload("1.txt", "one"), await library.upload("2.txt", "two")
    files = [
        VectorStoreFileCreate(file_id=one.id, attributes={"n": 1}),
        VectorStoreFileCreate(file_id=two.id),
    ]

    await library.engine.file_batches.create(PROJECT, store.id, FileBatchCreate(files=files))

    assert (await file_in(nodes, store, one)).attributes == {"n": 1}
    assert (await file_in(nodes, store, two)).attributes == {}


async def test_a_batch_that_is_cancelled_leaves_what_is_not_read(nodes, library):
    nodes.contents.hold()
    store = await empty_store(library)
    files = [await library.upload(f"{n}.txt", f"Tea {n}") for n in range(5)]
    batch = await library.engine.file_batches.create(
        PROJECT, store.id, FileBatchCreate(file_ids=[file.id for file in files])
    )
    await nodes.contents.held()

    cancelled = await library.engine.file_batches.cancel(PROJECT, store.id, batch.id)
    nodes.contents.let_go()
    again = await library.engine.file_batches.cancel(PROJECT, store.id, batch.id)

    assert (cancelled.status, cancelled.file_counts.cancelled) == ("cancelled", 5)
    assert again == cancelled
    await add(library, store, await library.upload("coffee.txt", COFFEE))
    await library.read(store)
    assert await found(library, store, "tea coffee") == [("coffee.txt", COFFEE)]


async def test_a_file_that_is_deleted_while_it_is_read_is_not_found(nodes, library):
    nodes.contents.hold()
    store = await empty_store(library)
    file = await library.upload("tea.txt", TEA)
    await add(library, store, file)
    await nodes.contents.held()

    await library.engine.files.delete(PROJECT, file.id)
    nodes.contents.let_go()
    await add(library, store, await library.upload("coffee.txt", COFFEE))
    done = await library.read(store)

    assert (done.file_counts.total, done.usage_bytes) == (1, len(COFFEE))
    assert await found(library, store, "tea") == []


class SlowReading:
    """Of a file that is read the first few chunks come at once, and the rest when it is let go."""

    def __init__(self, monkeypatch):
        self.batches = []
        self.read_once = asyncio.Event()
        self.let_go = asyncio.Event()
        self._read = ProcessReader.read
        monkeypatch.setattr(ProcessReader, "read", lambda reader, *given: self.read(reader, *given))  # noqa: PLW0108 - a method binds itself

    async def read(self, reader, *given):
        async with aclosing(self._read(reader, *given)) as batches:
            async for batch in batches:
                self.batches.append(batch)
                yield batch
                self.read_once.set()
                await self.let_go.wait()


LONG = "".join(f"Line {n} of a long story about tea.\n" for n in range(20_000))


async def cancelled(library, store, file):
    batch = (
        await library.engine.file_batches.create(
            PROJECT, store.id, FileBatchCreate(file_ids=[file.id])
        )
    ).id
    await library.engine.file_batches.cancel(PROJECT, store.id, batch)


async def deleted(library, store, file):
    await library.engine.files.delete(PROJECT, file.id)


async def removed(library, store, file):
    await library.engine.vector_store_files.delete(PROJECT, store.id, file.id)


@pytest.mark.parametrize("take_away", [cancelled, deleted, removed])
async def test_a_file_that_is_taken_away_is_read_no_further(nodes, library, monkeypatch, take_away):
    reading = SlowReading(monkeypatch)
    store = await empty_store(library)
    file = await library.upload("long.txt", LONG)
    await add(library, store, file)
    await reading.read_once.wait()

    await take_away(library, store, file)
    reading.let_go.set()
    await add(library, store, await library.upload("coffee.txt", COFFEE))
    await library.read(store)

    # Of the twelve of the long one two at most, twice if the batch began it anew.
    assert len(reading.batches) <= 5
    assert await found(library, store, "tea coffee") == [("coffee.txt", COFFEE)]


async def test_a_long_file_that_is_added_again_while_it_is_read_is_there_once(
    nodes, library, monkeypatch
):
    reading = SlowReading(monkeypatch)
    store = await empty_store(library)
    file = await library.upload("long.txt", LONG)
    await add(library, store, file)
    await reading.read_once.wait()

    await add(library, store, file)
    reading.let_go.set()
    done = await library.read(store)

    page = await library.engine.vector_store_files.content(PROJECT, store.id, file.id)
    assert "".join(part.text for part in page.data) == LONG
    assert (done.file_counts.completed, done.file_counts.total) == (1, 1)


async def test_chunks_know_their_pages_and_headings(nodes, library):
    store = await empty_store(library)
    for name, content in (
        ("tea.md", "# Drinks\n\n## Tea\n\nTea is hot.\n"),
        ("tea.pdf", documents.pdf("Coffee", "Tea is wet.", outline=[("Tea", 2)])),
    ):
        await add(library, store, await library.upload(name, content))
    await library.read(store)

    hits = await nodes.storage.chunks.search(PROJECT, [store.id], ["tea"], limit=9)

    assert {hit.filename: (hit.page, hit.heading) for hit in hits} == {
        "tea.md": (None, "Drinks > Tea"),
        "tea.pdf": (2, "Tea"),
    }


async def test_another_node_goes_on_where_one_died(nodes):
    nodes.contents.hold()
    zombie = await nodes.start()
    library = Library(nodes, zombie)
    store = await empty_store(library)
    await add(library, store, await library.upload("tea.txt", TEA))
    await nodes.contents.held()

    zombie.storage.is_cut_off = True
    survivor = Library(nodes, await nodes.start())
    nodes.contents.let_go()
    done = await survivor.read(store)
    zombie.storage.is_cut_off = False

    assert (done.file_counts.completed, done.usage_bytes) == (1, len(TEA))
    assert await found(survivor, store, "tea") == [("tea.txt", TEA)]


async def test_a_node_that_stops_leaves_its_files_to_the_next(nodes):
    nodes.contents.hold()
    leaving = await nodes.start()
    library = Library(nodes, leaving)
    store = await empty_store(library)
    await add(library, store, await library.upload("tea.txt", TEA))
    await nodes.contents.held()

    await leaving.engine.stop()
    nodes.contents.let_go()
    await nodes.start()

    assert (await library.read(store)).file_counts.completed == 1


async def test_a_file_that_kills_its_servers_is_given_up(nodes):
    nodes.contents.hold()
    node = await nodes.start()
    library = Library(nodes, node)
    store = await empty_store(library)
    file = await library.upload("tea.txt", TEA)
    await add(library, store, file)
    for _ in range(MAX_ATTEMPTS):
        await nodes.contents.held()
        node.storage.is_cut_off = True
        nodes.contents.hold()
        node = await nodes.start()

    await library.read(store)
    nodes.contents.let_go()

    assert (await file_in(nodes, store, file)).last_error.code == "server_error"


async def test_what_was_read_is_written_once_the_storage_is_there_again(nodes, library, caplog):
    nodes.contents.hold()
    store = await empty_store(library)
    await add(library, store, await library.upload("tea.txt", TEA))
    await nodes.contents.held()

    nodes.started[0].storage.is_cut_off = True
    nodes.contents.let_go()
    await logged(caplog, "Trying again")
    nodes.started[0].storage.is_cut_off = False

    assert (await library.read(store)).file_counts.completed == 1


async def test_a_vector_store_with_a_file_that_cannot_be_searched_is_refused(nodes, library):
    file = await library.upload("data.csv", "1,2")

    with pytest.raises(InvalidRequestError) as caught:
        await library.engine.vector_stores.create(PROJECT, VectorStoreCreate(file_ids=[file.id]))

    assert (caught.value.param, caught.value.code) == ("file_ids", "unsupported_file")
    assert (await nodes.storage.vector_stores.page(PROJECT, PAGE)).items == []


async def test_what_is_not_there_is_told(library):
    store = await empty_store(library)
    file = await library.upload("tea.txt", TEA)
    engine = library.engine

    for calling, noun, within in (
        (
            engine.vector_stores.create(PROJECT, VectorStoreCreate(file_ids=["file-x"])),
            "file",
            None,
        ),
        (engine.vector_stores.delete(PROJECT, "vs_x"), "vector store", None),
        (
            engine.vector_stores.search(PROJECT, "vs_x", VectorStoreSearch(query="q")),
            "vector store",
            None,
        ),
        (engine.vector_stores.update(PROJECT, "vs_x", VectorStoreUpdate()), "vector store", None),
        (engine.vector_store_files.delete(PROJECT, store.id, file.id), "file", store.id),
        (engine.vector_store_files.content(PROJECT, store.id, file.id), "file", store.id),
        (engine.file_batches.find(PROJECT, store.id, "vsfb_x"), "file batch", None),
        (engine.file_batches.cancel(PROJECT, store.id, "vsfb_x"), "file batch", None),
    ):
        with pytest.raises(MissingError) as caught:
            await calling
        assert (caught.value.noun, caught.value.within) == (noun, within)


async def test_an_expired_vector_store_takes_no_files_and_is_not_searched(nodes, library):
    body = VectorStoreCreate(expires_after=ExpiresAfterInput(anchor="last_active_at", days=1))
    store = await library.engine.vector_stores.create(PROJECT, body)
    file = await library.upload("tea.txt", TEA)

    nodes.clock.advance(86_401)

    assert (await library.find(store.id)).status == "expired"
    with pytest.raises(VectorStoreExpiredError):
        await add(library, store, file)
    with pytest.raises(VectorStoreExpiredError):
        await library.engine.vector_stores.search(PROJECT, store.id, VectorStoreSearch(query="tea"))


async def test_a_vector_store_is_changed_field_by_field(library):
    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(name="Tea", description="Hot", metadata={"a": "1"})
    )
    update = library.engine.vector_stores.update

    expiring = await update(
        PROJECT,
        store.id,
        VectorStoreUpdate(expires_after=ExpiresAfterInput(anchor="last_active_at", days=2)),
    )
    cleared = await update(
        PROJECT, store.id, VectorStoreUpdate(name=None, expires_after=None, metadata=None)
    )

    assert (expiring.name, expiring.description) == ("Tea", "Hot")
    assert expiring.expires_at == expiring.last_active_at + 2 * 86_400
    assert (cleared.name, cleared.description, cleared.metadata) == (None, "Hot", {})
    assert (cleared.expires_after, cleared.expires_at) == (None, None)
