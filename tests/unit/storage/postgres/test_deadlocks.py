"""Many nodes that change the same files and vector stores never wait for each other in a circle."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import pytest
from msgspec.structs import replace

from tests.support.file_records import (
    UNREADABLE,
    keep_file,
    keep_vector_store,
    new_batch,
    new_vector_store_file,
)
from tests.support.manual_clock import ManualClock
from tests.support.postgres_storages import deadlocks
from tests.support.records import PROJECT, new_assistant, new_thread
from threadkeep.errors import MissingError, VectorStoreExpiredError
from threadkeep.storage import Chunk
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.types.file import File
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources
from threadkeep.types.vector_store import VectorStore, VectorStoreFileBatch

_NODES: Final = 2
_AT_ONCE: Final = 6
_STEPS: Final = 60


class Storm:
    """Does at random what touches many rows, of a few files, vector stores, assistants and threads."""

    def __init__(self, nodes: list[PostgresStorage], clock: ManualClock, seed: int) -> None:
        self._nodes = nodes
        self._clock = clock
        self._random = random.Random(seed)
        self._files: list[File] = []
        self._stores: list[VectorStore] = []
        self._batches: list[VectorStoreFileBatch] = []
        self._owners: list[Any] = []

    async def prepare(self) -> None:
        """The rows that everybody is after."""
        node = self._nodes[0]
        self._files = [await keep_file(node) for _ in range(12)]
        self._stores = [await keep_vector_store(node) for _ in range(4)]
        for _ in range(3):
            assistant, thread = new_assistant(), new_thread()
            await node.assistants.insert(PROJECT, assistant)
            await node.threads.insert(PROJECT, thread)
            self._owners += [assistant, thread]

    async def blow(self) -> None:
        """Some steps, one after the other; refusals are as good as success."""
        steps: list[Callable[[PostgresStorage], Awaitable[object]]] = [
            self._add, self._add, self._add_batch, self._add_batch, self._cancel, self._read,
            self._read, self._list, self._list, self._delete_file, self._remove, self._touch,
            self._sweep, self._replace_store,
        ]  # fmt: skip
        for _ in range(_STEPS):
            with suppress(MissingError, VectorStoreExpiredError):
                await self._random.choice(steps)(self._random.choice(self._nodes))

    def _some_files(self) -> list[File]:
        return self._random.sample(self._files, self._random.randint(1, 6))

    async def _add(self, node: PostgresStorage) -> None:
        store, file = self._random.choice(self._stores), self._random.choice(self._files)
        await node.vector_store_files.insert(PROJECT, new_vector_store_file(store, file))

    async def _add_batch(self, node: PostgresStorage) -> None:
        batch = new_batch(self._random.choice(self._stores))
        self._batches.append(batch)
        store = next(each for each in self._stores if each.id == batch.vector_store_id)
        files = [new_vector_store_file(store, file) for file in self._some_files()]
        await node.file_batches.insert(PROJECT, batch, files)

    async def _cancel(self, node: PostgresStorage) -> None:
        if self._batches:
            batch = self._random.choice(self._batches)
            await node.file_batches.cancel(PROJECT, batch.vector_store_id, batch.id)

    async def _read(self, node: PostgresStorage) -> None:
        records = await node.vector_store_files.claim("worker-1", 4)
        chunks = [Chunk(text="apples")] * self._random.choice([1, 120])
        await asyncio.gather(
            *(node.vector_store_files.complete(record, chunks, 6) for record in records[1:]),
            *(node.vector_store_files.fail(record, UNREADABLE) for record in records[:1]),
        )

    async def _list(self, node: PostgresStorage) -> None:
        owner = self._random.choice(self._owners)
        file_ids = [file.id for file in self._some_files()]
        resources = ToolResources(code_interpreter=CodeInterpreterResources(file_ids=file_ids))
        noun: Any = node.threads if owner.object == "thread" else node.assistants
        seen = await noun.find(PROJECT, owner.id)
        await noun.update(PROJECT, replace(owner, tool_resources=resources), seen.revision)

    async def _delete_file(self, node: PostgresStorage) -> None:
        place = self._random.randrange(len(self._files))
        deleted, self._files[place] = self._files[place], await keep_file(node)
        await node.files.delete(PROJECT, deleted.id)

    async def _remove(self, node: PostgresStorage) -> None:
        store, file = self._random.choice(self._stores), self._random.choice(self._files)
        await node.vector_store_files.delete(PROJECT, store.id, file.id)

    async def _touch(self, node: PostgresStorage) -> None:
        self._clock.advance(1)
        ids = [store.id for store in self._random.sample(self._stores, 3)]
        await node.vector_stores.touch(PROJECT, ids)

    async def _sweep(self, node: PostgresStorage) -> None:
        await node.chunks.sweep(20)

    async def _replace_store(self, node: PostgresStorage) -> None:
        place = self._random.randrange(len(self._stores))
        deleted, self._stores[place] = self._stores[place], await keep_vector_store(node)
        await node.vector_stores.delete(PROJECT, deleted.id)


@pytest.mark.parametrize("seed", range(3))
async def test_no_circle(postgres_dsn: str, manual_clock: ManualClock, seed: int):
    before = await deadlocks(postgres_dsn)
    nodes = [PostgresStorage(postgres_dsn, manual_clock) for _ in range(_NODES)]
    for node in nodes:
        await node.open()
    await nodes[0].workers.renew("worker-1", 1_000_000)
    storm = Storm(nodes, manual_clock, seed)
    await storm.prepare()

    await asyncio.gather(*(storm.blow() for _ in range(_AT_ONCE)))

    for node in nodes:
        await node.close()
    assert await deadlocks(postgres_dsn) == before
