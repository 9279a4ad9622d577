"""Whatever is done to files and vector stores, in any order: counts, status, pages and search tell the truth."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, TypeVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.support.file_records import (
    UNREADABLE,
    keep_file,
    new_batch,
    new_vector_store,
    new_vector_store_file,
)
from tests.support.manual_clock import ManualClock
from tests.support.storages import STORAGES
from threadkeep.errors import MissingError
from threadkeep.storage import Chunk, IngestionRecord
from threadkeep.types.file import File
from threadkeep.types.page import PageQuery
from threadkeep.types.vector_store import FileCounts, VectorStore, VectorStoreFileBatch

T = TypeVar("T")
PROJECTS = ("mine", "theirs")
WORKERS = st.sampled_from(["worker-1", "worker-2"])
WORD = "apples"


@dataclass
class Member:
    """A file in a vector store, as it must be."""

    status: str = "in_progress"
    usage_bytes: int = 0
    chunks: int = 0
    batch_id: str | None = None
    held: tuple[str, int] | None = None
    """The worker that has it, and at which epoch."""


class VectorStores(RuleBasedStateMachine):
    """A storage beside plain dicts that say what must be in it."""

    kind: ClassVar[str]

    files = Bundle("files")
    stores = Bundle("stores")
    batches = Bundle("batches")
    records = Bundle("records")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.storage = STORAGES[self.kind](Path(self.folder.name), ManualClock())
        self.do(self.storage.open())
        for worker in ("worker-1", "worker-2"):
            self.do(self.storage.workers.renew(worker, 60))
        self.live_files: dict[str, str] = {}
        self.live_stores: dict[str, str] = {}
        self.live_batches: dict[str, VectorStoreFileBatch] = {}
        self.cancelled: set[str] = set()
        self.members: dict[tuple[str, str], Member] = {}
        """By vector store and file, in the order in which they were added."""
        self.unseen_chunks = 0

    def do(self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    def teardown(self) -> None:
        assert self.do(self.storage.chunks.sweep(1_000)) == self.unseen_chunks
        self.do(self.storage.close())
        self.runner.close()
        self.folder.cleanup()

    def members_of(self, store_id: str) -> dict[str, Member]:
        return {file: member for (store, file), member in self.members.items() if store == store_id}

    def forget(self, store_id: str, file_id: str) -> None:
        self.unseen_chunks += self.members.pop((store_id, file_id)).chunks

    @initialize(target=stores)
    def begin(self):
        return multiple(*(self.keep_store(project, []) for project in PROJECTS))

    @rule(target=files, project=st.sampled_from(PROJECTS))
    def add_file(self, project: str):
        file = self.do(keep_file(self.storage, project))
        self.live_files[file.id] = project
        return file

    @rule(target=stores, project=st.sampled_from(PROJECTS), first=st.lists(files, max_size=3))
    def add_store(self, project: str, first: list[File]):
        return self.keep_store(
            project, [file for file in first if self.live_files.get(file.id) == project]
        )

    def keep_store(self, project: str, first: list[File]) -> VectorStore:
        store = new_vector_store()
        members = [new_vector_store_file(store, file) for file in first]
        self.do(self.storage.vector_stores.insert(project, store, members))
        self.live_stores[store.id] = project
        for file in first:
            self.members[store.id, file.id] = Member()
        return store

    @rule(store=stores, file=files)
    def add_member(self, store: VectorStore, file: File):
        project = self.live_stores.get(store.id, "mine")
        member = new_vector_store_file(store, file)
        insert = self.storage.vector_store_files.insert(project, member)
        if not self.fits(store, file):
            with pytest.raises(MissingError):
                self.do(insert)
            return
        self.do(insert)
        self.put(store, file, None)

    def fits(self, store: VectorStore, file: File) -> bool:
        project = self.live_stores.get(store.id)
        return project is not None and self.live_files.get(file.id) == project

    def put(self, store: VectorStore, file: File, batch_id: str | None) -> None:
        """Added, or added again where it was."""
        before = self.members.get((store.id, file.id), Member())
        self.unseen_chunks += before.chunks
        self.members[store.id, file.id] = Member(batch_id=batch_id)

    @rule(target=batches, store=stores, added=st.lists(files, min_size=1, max_size=4))
    def add_batch(self, store: VectorStore, added: list[File]):
        batch = new_batch(store)
        project = self.live_stores.get(store.id, "mine")
        members = [new_vector_store_file(store, file) for file in added]
        insert = self.storage.file_batches.insert(project, batch, members)
        if not all(self.fits(store, file) for file in added):
            with pytest.raises(MissingError):
                self.do(insert)
            return multiple()
        for file in added:
            self.put(store, file, batch.id)
        self.live_batches[batch.id] = batch
        assert self.do(insert).file_counts == self.batch_counts(batch)
        return batch

    @rule(batch=batches)
    def cancel_batch(self, batch: VectorStoreFileBatch):
        project = self.live_stores.get(batch.vector_store_id, "mine")
        self.do(self.storage.file_batches.cancel(project, batch.vector_store_id, batch.id))
        for member in self.members.values():
            if member.batch_id == batch.id and member.status == "in_progress":
                member.status, member.held = "cancelled", None
                self.cancelled.add(batch.id)

    @rule(store=stores, file=files)
    def remove_member(self, store: VectorStore, file: File):
        project = self.live_stores.get(store.id, "mine")
        removed = self.do(self.storage.vector_store_files.delete(project, store.id, file.id))
        assert removed == ((store.id, file.id) in self.members)
        if removed:
            self.forget(store.id, file.id)

    @rule(file=files)
    def delete_file(self, file: File):
        project = self.live_files.pop(file.id, None)
        assert self.do(self.storage.files.delete(project or "mine", file.id)) == bool(project)
        for store_id, file_id in list(self.members):
            if file_id == file.id:
                self.forget(store_id, file_id)

    @rule(store=stores)
    def delete_store(self, store: VectorStore):
        project = self.live_stores.pop(store.id, None)
        deleted = self.do(self.storage.vector_stores.delete(project or "mine", store.id))
        assert deleted == bool(project)
        for file_id in self.members_of(store.id):
            self.forget(store.id, file_id)
        for batch in list(self.live_batches.values()):
            if batch.vector_store_id == store.id:
                del self.live_batches[batch.id]

    @rule(target=records, worker=WORKERS, limit=st.integers(0, 3))
    def claim(self, worker: str, limit: int):
        waiting = [
            member
            for member in self.members.values()
            if member.status == "in_progress" and member.held is None
        ]
        claimed = self.do(self.storage.vector_store_files.claim(worker, limit))
        assert len(claimed) == min(limit, len(waiting))
        for record in claimed:
            member = self.member_of(record)
            assert member is not None
            assert member.held is None
            member.held = (worker, record.epoch)
        return multiple(*claimed)

    def member_of(self, record: IngestionRecord) -> Member | None:
        return self.members.get((record.vector_store_file.vector_store_id, record.file.id))

    def held_member(self, record: IngestionRecord) -> Member | None:
        member = self.member_of(record)
        return member if member and member.held == (record.worker, record.epoch) else None

    @rule(record=records, count=st.integers(0, 3), usage_bytes=st.integers(0, 100))
    def complete(self, record: IngestionRecord, count: int, usage_bytes: int):
        member = self.held_member(record)
        chunks = [Chunk(text=WORD)] * count
        files = self.storage.vector_store_files
        completed = self.do(files.complete(record, chunks, usage_bytes))
        assert completed == (member is not None)
        if member is not None:
            member.status, member.held = "completed", None
            member.usage_bytes, member.chunks = usage_bytes, count

    @rule(store=stores, count=st.integers(1, 3))
    def add_text(self, store: VectorStore, count: int):
        """A file all the way: added, claimed with all that waits, and completed."""
        if store.id not in self.live_stores:
            return
        file = self.add_file(self.live_stores[store.id])
        self.add_member(store, file)
        for record in self.claim("worker-1", 100).values:
            if record.file.id == file.id:
                self.complete(record, count, 5)

    @rule(store=stores, place=st.integers(0, 20))
    def add_again(self, store: VectorStore, place: int):
        file_ids = list(self.members_of(store.id))
        if file_ids:
            self.add_member(store, File(id=file_ids[place % len(file_ids)]))

    @rule(record=records)
    def fail(self, record: IngestionRecord):
        member = self.held_member(record)
        failed = self.do(self.storage.vector_store_files.fail(record, UNREADABLE))
        assert failed == (member is not None)
        if member is not None:
            member.status, member.held = "failed", None

    @rule(limit=st.integers(1, 5))
    def sweep(self, limit: int):
        swept = self.do(self.storage.chunks.sweep(limit))
        assert swept == min(limit, self.unseen_chunks)
        self.unseen_chunks -= swept

    @invariant()
    def each_vector_store_tells_what_is_in_it(self):
        for store_id, project in self.live_stores.items():
            members = self.members_of(store_id)
            record = self.do(self.storage.vector_stores.find(project, store_id))
            assert record is not None
            store = record.value
            assert store.file_counts == counts(list(members.values()))
            assert store.usage_bytes == sum(member.usage_bytes for member in members.values())
            assert store.status == ("in_progress" if store.file_counts.in_progress else "completed")
            page = self.do(
                self.storage.vector_store_files.page(
                    project, store_id, PageQuery(limit=100, order="asc")
                )
            )
            shown = [msgspec.json.decode(body) for body in page.items]
            assert {file["id"]: file["status"] for file in shown} == {
                file_id: member.status for file_id, member in members.items()
            }

    @invariant()
    def each_batch_tells_what_became_of_its_files(self):
        for batch in self.live_batches.values():
            project = self.live_stores[batch.vector_store_id]
            found = self.do(
                self.storage.file_batches.find(project, batch.vector_store_id, batch.id)
            )
            assert found is not None
            assert found.file_counts == self.batch_counts(batch)
            ended = "cancelled" if batch.id in self.cancelled else "completed"
            status = "in_progress" if found.file_counts.in_progress else ended
            assert found.status == status

    def batch_counts(self, batch: VectorStoreFileBatch) -> FileCounts:
        members = self.members_of(batch.vector_store_id).values()
        return counts([member for member in members if member.batch_id == batch.id])

    @invariant()
    def search_finds_the_chunks_of_completed_files_and_no_others(self):
        for project in PROJECTS:
            stores = [store for store, owner in self.live_stores.items() if owner == project]
            hits = self.do(
                self.storage.chunks.search(project, list(self.live_stores), [WORD], limit=1_000)
            )
            found = Counter((hit.vector_store_id, hit.file_id) for hit in hits)
            assert found == {
                key: member.chunks
                for key, member in self.members.items()
                if member.chunks and key[0] in stores
            }


def counts(members: list[Member]) -> FileCounts:
    tally = Counter(member.status for member in members)
    return FileCounts(**tally, total=len(members))


@pytest.mark.timeout(300)  # to find the shortest way to a fault takes a while
@pytest.mark.parametrize("kind", list(STORAGES))
def test_vector_stores(kind: str):
    machine = type("VectorStoresOf", (VectorStores,), {"kind": kind})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=40, stateful_step_count=30, deadline=None)
    )
