"""Everything goes from any storage to any other, as it is, and can go back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.support.file_records import (
    add_file,
    add_text,
    claim_file,
    keep_file,
    keep_vector_store,
    new_batch,
    new_vector_store_file,
)
from tests.support.manual_clock import ManualClock
from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_ended_run,
    keep_run,
    keep_thread,
    new_assistant,
    new_message,
    new_step,
    with_status,
)
from tests.support.storages import STORAGES
from tests.support.vectors import OTHER_SPACE, SPACE, chunk, meaning
from threadkeep.errors import StorageError
from threadkeep.storage import Chunk, EventSpan, KeptAnswer, Storage
from threadkeep.storage.contract.transfer import TABLES, Cursor, Dump, PortableTable
from threadkeep.storage.copying import Place, copy
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.sqlite.migration import migrate
from threadkeep.types.embedding import EmbeddingSpace
from threadkeep.types.page import PageQuery
from threadkeep.types.usage import Usage

KINDS = [kind for kind in STORAGES if kind != "sqlite-memory"]


def ignore(what: str, done: int, total: int) -> None:
    """Nobody watches."""


async def content(text: bytes) -> AsyncGenerator[bytes]:
    yield text


class Places:
    """A source with something of everything, and a target."""

    def __init__(self, source: Storage, target: Storage, folder: Path) -> None:
        self.source = Place(source, LocalFolder(folder / "source-files"))
        self.target = Place(target, LocalFolder(folder / "target-files"))

    async def fill(self) -> None:
        storage, contents = self.source.storage, self.source.contents
        for number in range(3):
            await storage.assistants.insert(PROJECT, new_assistant(name=f"Ä {number}"))
        thread = await keep_thread(storage)
        for text in ("one", "two"):
            await storage.messages.insert(PROJECT, new_message(thread, text))
        record = await keep_ended_run(storage, thread)
        claimed = await keep_claimed_run(storage, thread=thread)
        step = new_step(claimed.run)
        spans = {step.id: EventSpan(2, 3, 9)}
        parked = with_status(claimed, "requires_action", parked_usage=Usage(prompt_tokens=7))
        await storage.runs.write(claimed, steps=[step], spans=spans, after=parked)
        await keep_run(storage, project="another")
        store = await keep_vector_store(storage)
        await add_text(storage, store, "Wolves howl.", "Bees \0 hum.")
        await add_file(storage, store)
        placed = Chunk(text="Owls watch.", page=7, heading="Tiere > Vögel")
        assert await storage.vector_store_files.complete(await claim_file(storage), [placed], 11)
        await self._fill_with_vectors()
        kept = await keep_file(storage)
        await storage.file_batches.insert(
            PROJECT, new_batch(store), [new_vector_store_file(store, kept)]
        )
        await add_file(storage, store)
        await storage.idempotency_keys.begin(PROJECT, "key", "req_1", b"print", hold_seconds=60)
        await storage.idempotency_keys.keep(PROJECT, "key", "req_1", KeptAnswer(200, [], b"{}"))
        await contents.write(PROJECT, kept.id, content(b"bytes of a file"), limit=100)
        self.thread, self.store, self.file, self.run = thread, store, kept, record.run

    async def _fill_with_vectors(self) -> None:
        """A vector store of a space, some chunks of which have vectors of another, too."""
        storage = self.source.storage
        self.embedded = await keep_vector_store(storage)
        await add_file(storage, self.embedded)
        wide, narrow = chunk("wide", 200, 90, 20), chunk("narrow", 60)
        assert await storage.vector_store_files.complete(
            await claim_file(storage), [wide, narrow, Chunk(text="none")], 11
        )
        asked = (PROJECT, self.embedded.id, OTHER_SPACE, 1)
        (first,) = await storage.chunks.unembedded(*asked)
        await storage.chunks.embed(
            PROJECT, self.embedded.id, {first.seq: meaning(1, 2, space=OTHER_SPACE)}
        )


@pytest.fixture(params=[(a, b) for a in KINDS for b in KINDS], ids="-to-".join)
async def places(
    request: pytest.FixtureRequest, tmp_path: Path, manual_clock: ManualClock
) -> AsyncGenerator[Places]:
    storages: list[Storage] = []
    for name, kind in zip(("source", "target"), request.param, strict=True):
        folder = tmp_path / name
        folder.mkdir()
        storages.append(STORAGES[kind](folder, manual_clock))
        await storages[-1].open()
    places = Places(*storages, tmp_path)
    await places.source.contents.open()
    await places.target.contents.open()
    await places.fill()
    yield places
    for storage in storages:
        await storage.close()


async def rows(storage: Storage) -> dict[str, list[tuple[Any, ...]]]:
    """All that travels, in an order that is the same everywhere."""
    found = {
        table.name: (await storage.transfer.dump(table, None, 10_000)).rows for table in TABLES
    }
    return {name: sorted(listed, key=repr) for name, listed in found.items()}


async def test_the_copy_is_the_same_row_by_row(places: Places):
    copied = await copy(places.source, places.target, ignore)

    before, after = await rows(places.source.storage), await rows(places.target.storage)
    assert all(before.values()) is False  # nothing lists files for a code interpreter here
    assert after == before
    assert copied.rows == {name: len(listed) for name, listed in before.items()}
    assert (copied.contents, len(copied.lost)) == (1, len(before["files"]) - 1)


async def test_the_copy_works_as_the_source_does(places: Places):
    await copy(places.source, places.target, ignore)
    source, target = places.source.storage, places.target.storage

    query = PageQuery(order="asc")
    for storage in (source, target):
        await storage.messages.insert(PROJECT, new_message(await keep_thread(storage)))
    pages = [
        await storage.messages.page(PROJECT, places.thread.id, query)
        for storage in (source, target)
    ]
    assert pages[0].items == pages[1].items
    hits = await target.chunks.search(PROJECT, [places.store.id], ["wolves"], limit=5)
    assert [hit.text for hit in hits] == ["Wolves howl."]
    (hit,) = await target.chunks.search(PROJECT, [places.store.id], ["owls"], limit=5)
    assert (hit.page, hit.heading) == (7, "Tiere > Vögel")
    stores = [await s.vector_stores.find(PROJECT, places.store.id) for s in (source, target)]
    assert stores[0] == stores[1]
    assert await target.runs.orphans(10) == []
    assert len(await target.runs.claim("worker-9", lambda run: run, limit=10)) == 1
    key = await target.idempotency_keys.begin(PROJECT, "key", "req_2", b"print", hold_seconds=1)
    assert key == KeptAnswer(200, [], b"{}")
    parts = [part async for part in places.target.contents.read(PROJECT, places.file.id)]
    assert b"".join(parts) == b"bytes of a file"
    new = new_assistant()
    await target.assistants.insert(PROJECT, new)
    newest = await target.assistants.page(PROJECT, PageQuery(limit=1))
    assert newest.first_id == new.id


async def test_the_copy_is_searched_by_meaning_as_the_source_is(places: Places):
    await copy(places.source, places.target, ignore)
    store_id, found = places.embedded.id, list[list[tuple[str, float]]]()

    for storage in (places.source.storage, places.target.storage):
        hits = await storage.chunks.search(
            PROJECT, [store_id], ["?"], limit=5, embedding=meaning(85)
        )
        found.append([(hit.text, round(hit.score, 3)) for hit in hits])
        assert await storage.chunks.spaces(PROJECT, [store_id]) == {store_id: SPACE}
        assert await storage.chunks.count_unembedded(PROJECT, store_id, SPACE) == 1
        assert await storage.chunks.count_unembedded(PROJECT, store_id, OTHER_SPACE) == 2

    assert found[0] == found[1] == [("wide", 0.996), ("narrow", 0.906)]
    third = EmbeddingSpace("third", 4)
    chunks = places.target.storage.chunks
    wanted = await chunks.unembedded(PROJECT, store_id, third, limit=5)
    await chunks.embed(PROJECT, store_id, {each.seq: meaning(0, space=third) for each in wanted})
    assert await chunks.adopt(PROJECT, store_id, third)
    assert await chunks.spaces(PROJECT, [store_id]) == {store_id: third}


async def test_a_copy_that_was_broken_off_goes_on_where_it_was(
    places: Places, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("threadkeep.storage.copying._PAGE", 1)
    told: list[str] = []

    def stop(what: str, done: int, total: int) -> None:
        told.append(what)
        if what == "run_steps":
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await copy(places.source, places.target, stop)
    begun = await places.target.storage.transfer.progress()
    assert begun is not None
    assert "messages" in begun.done
    told.clear()
    again: list[str] = []
    await copy(places.source, places.target, lambda what, done, total: again.append(what))

    assert "messages" not in again
    assert await places.target.storage.transfer.progress() is None
    assert await rows(places.target.storage) == await rows(places.source.storage)


async def test_records_of_others_are_left_alone(places: Places):
    await keep_thread(places.target.storage)
    with pytest.raises(StorageError, match="has records already"):
        await copy(places.source, places.target, ignore)


async def test_a_copy_of_another_source_is_not_mixed_in(places: Places):
    await places.target.storage.transfer.begin("SQLite file /elsewhere.db")
    with pytest.raises(StorageError, match="has records already"):
        await copy(places.source, places.target, ignore)


async def test_a_source_that_somebody_works_on_is_not_copied(places: Places):
    await places.source.storage.workers.renew("worker-1", 60)
    with pytest.raises(StorageError, match=r"1 workers are at work on .*; stop all nodes before"):
        await copy(places.source, places.target, ignore)


async def test_half_a_copy_is_no_source(places: Places):
    await places.source.storage.transfer.load(
        TABLES[0], [], await places.target.storage.transfer.begin("elsewhere")
    )
    with pytest.raises(StorageError, match="is itself a copy that was not brought to its end"):
        await copy(places.source, places.target, ignore)


class Changing:
    """Rows of a storage that loses a message just before its messages are read."""

    def __init__(self, places: Places) -> None:
        self._transfer = places.source.storage.transfer
        self._messages = places.source.storage.messages
        self._thread_id = places.thread.id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transfer, name)

    async def dump(self, table: PortableTable, after: Cursor | None, limit: int) -> Dump:
        if table.name == "messages":
            page = await self._messages.page(PROJECT, self._thread_id, PageQuery())
            assert await self._messages.delete(PROJECT, self._thread_id, page.first_id or "")
        return await self._transfer.dump(table, after, limit)


async def test_what_changes_meanwhile_is_noticed(places: Places, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(places.source.storage, "transfer", Changing(places))
    with pytest.raises(StorageError, match="The copy has 1 of 2 messages; the source was changed"):
        await copy(places.source, places.target, ignore)
    assert await places.target.storage.transfer.progress() is not None


COUNTED_AGAIN = {"in_progress", "completed", "failed", "cancelled", "usage_bytes", "chunk_count"}
MADE_THERE = {
    "chunks": {"seq", "words", "word_count"},
    "file_batches": {"seq", *COUNTED_AGAIN},
    "chunk_vectors": {"seq", "chunk", "place", "vector", "vector_store"},
    "vector_stores": {"expires_at", "version", *COUNTED_AGAIN},
    "runs": {"active", "held"},
    "idempotency_keys": {"holder", "held_until"},
}
"""Columns that follow from others, or from where a row is."""
FROM_OTHERS = {"chunks": {"vector_store"}, "chunk_vectors": {"position", "vectors"}}
"""Columns that travel, and that only one of the storages has in this table."""


def test_no_column_of_sqlite_is_forgotten(tmp_path: Path):
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, "memory")
    for table in TABLES:
        there = {row[1] for row in connection.execute(f"pragma table_xinfo({table.name})")}
        there |= FROM_OTHERS.get(table.name, set())
        assert there - MADE_THERE.get(table.name, set()) == set(table.columns), table.name
    connection.close()


def test_no_table_is_forgotten():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, "memory")
    listed = connection.execute("select name from sqlite_schema where type = 'table'").fetchall()
    connection.close()
    made_there = {"sqlite_sequence", "copies", "checks", "workers", "discarded_chunks"}
    kept = {name for (name,) in listed if not name.startswith("chunk_index")} - made_there
    assert kept == {table.name for table in TABLES}


async def test_no_column_of_postgresql_is_forgotten(postgres_database: Database):
    for table in TABLES:
        sql = "select column_name from information_schema.columns where table_name = $1"
        rows = await postgres_database.read(
            lambda session, sql=sql, name=table.name: session.connection.fetch(sql, name)
        )
        there = {row[0] for row in rows} | FROM_OTHERS.get(table.name, set())
        assert there - MADE_THERE.get(table.name, set()) == set(table.columns), table.name
