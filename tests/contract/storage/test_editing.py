"""Keeping, finding, changing and removing objects that callers edit: the same for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

import pytest
from msgspec.structs import replace

from tests.support.file_records import new_vector_store
from tests.support.records import PROJECT, keep_thread, new_assistant, new_message, new_thread
from threadkeep.errors import StorageError
from threadkeep.storage import Record, Storage
from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import encode
from threadkeep.types.message import Message
from threadkeep.types.thread import Thread
from threadkeep.types.vector_store import VectorStore

ODD_TEXTS = [
    "",
    "'; drop table threads; --",
    "naïve 日本語 \U0001f9f5",
    "\x00\x1f\u2028",
    "x" * 512,
]


class Shelf(Protocol):
    """One kind of object in a storage."""

    def new(self, metadata: dict[str, str]) -> Any: ...
    def insert(self, project: str, item: Any) -> Awaitable[None]: ...
    def find(self, project: str, item: Any) -> Awaitable[Record[Any] | None]: ...
    def update(self, project: str, item: Any, revision: int) -> Awaitable[bool]: ...
    def delete(self, project: str, item: Any) -> Awaitable[bool]: ...


class AssistantShelf:
    def __init__(self, storage: Storage, thread: Thread) -> None:
        self._assistants = storage.assistants

    def new(self, metadata: dict[str, str]) -> Assistant:
        return new_assistant(metadata=metadata)

    async def insert(self, project: str, item: Assistant) -> None:
        await self._assistants.insert(project, item)

    async def find(self, project: str, item: Assistant) -> Record[Assistant] | None:
        return await self._assistants.find(project, item.id)

    async def update(self, project: str, item: Assistant, revision: int) -> bool:
        return await self._assistants.update(project, item, revision)

    async def delete(self, project: str, item: Assistant) -> bool:
        return await self._assistants.delete(project, item.id)


class ThreadShelf:
    def __init__(self, storage: Storage, thread: Thread) -> None:
        self._threads = storage.threads

    def new(self, metadata: dict[str, str]) -> Thread:
        return new_thread(metadata=metadata)

    async def insert(self, project: str, item: Thread) -> None:
        await self._threads.insert(project, item)

    async def find(self, project: str, item: Thread) -> Record[Thread] | None:
        return await self._threads.find(project, item.id)

    async def update(self, project: str, item: Thread, revision: int) -> bool:
        return await self._threads.update(project, item, revision)

    async def delete(self, project: str, item: Thread) -> bool:
        return await self._threads.delete(project, item.id)


class MessageShelf:
    def __init__(self, storage: Storage, thread: Thread) -> None:
        self._messages = storage.messages
        self._thread = thread

    def new(self, metadata: dict[str, str]) -> Message:
        return new_message(self._thread, metadata=metadata)

    async def insert(self, project: str, item: Message) -> None:
        await self._messages.insert(project, item)

    async def find(self, project: str, item: Message) -> Record[Message] | None:
        return await self._messages.find(project, item.thread_id, item.id)

    async def update(self, project: str, item: Message, revision: int) -> bool:
        return await self._messages.update(project, item, revision)

    async def delete(self, project: str, item: Message) -> bool:
        return await self._messages.delete(project, item.thread_id, item.id)


class VectorStoreShelf:
    def __init__(self, storage: Storage, thread: Thread) -> None:
        self._vector_stores = storage.vector_stores

    def new(self, metadata: dict[str, str]) -> VectorStore:
        return new_vector_store(metadata=metadata)

    async def insert(self, project: str, item: VectorStore) -> None:
        assert await self._vector_stores.insert(project, item) == item

    async def find(self, project: str, item: VectorStore) -> Record[VectorStore] | None:
        return await self._vector_stores.find(project, item.id)

    async def update(self, project: str, item: VectorStore, revision: int) -> bool:
        return await self._vector_stores.update(project, item, revision)

    async def delete(self, project: str, item: VectorStore) -> bool:
        return await self._vector_stores.delete(project, item.id)


@pytest.fixture(params=[AssistantShelf, ThreadShelf, MessageShelf, VectorStoreShelf])
async def shelf(request: pytest.FixtureRequest, storage: Storage) -> Shelf:
    thread = await keep_thread(storage)
    await storage.threads.insert("other", thread)
    return request.param(storage, thread)


async def find(shelf: Shelf, item: Any) -> Record[Any]:
    record = await shelf.find(PROJECT, item)
    assert record is not None
    return record


async def test_what_was_kept_is_found_byte_for_byte(shelf: Shelf):
    for text in ODD_TEXTS:
        item = shelf.new({"text": text})
        await shelf.insert(PROJECT, item)

        record = await find(shelf, item)

        assert record.value == item
        assert record.body == encode(item)


async def test_what_was_never_kept_is_not_found(shelf: Shelf):
    assert await shelf.find(PROJECT, shelf.new({})) is None


async def test_an_update_replaces_it_and_the_revision_grows(shelf: Shelf):
    item = shelf.new({"version": "1"})
    await shelf.insert(PROJECT, item)
    first = await find(shelf, item)

    assert await shelf.update(PROJECT, replace(item, metadata={"version": "2"}), first.revision)

    second = await find(shelf, item)
    assert second.value.metadata == {"version": "2"}
    assert second.revision > first.revision


async def test_an_update_of_what_has_changed_meanwhile_changes_nothing(shelf: Shelf):
    item = shelf.new({})
    await shelf.insert(PROJECT, item)
    seen = (await find(shelf, item)).revision
    assert await shelf.update(PROJECT, replace(item, metadata={"by": "the first"}), seen)

    assert not await shelf.update(PROJECT, replace(item, metadata={"by": "the second"}), seen)

    assert (await find(shelf, item)).value.metadata == {"by": "the first"}


async def test_of_many_updates_at_once_one_goes_through(shelf: Shelf):
    item = shelf.new({})
    await shelf.insert(PROJECT, item)
    seen = (await find(shelf, item)).revision

    done = await asyncio.gather(
        *(shelf.update(PROJECT, replace(item, metadata={"by": str(n)}), seen) for n in range(20))
    )

    assert done.count(True) == 1
    assert (await find(shelf, item)).value.metadata == {"by": str(done.index(True))}


async def test_what_was_deleted_is_gone_and_can_neither_be_deleted_nor_updated_again(shelf: Shelf):
    item = shelf.new({})
    await shelf.insert(PROJECT, item)
    seen = (await find(shelf, item)).revision

    assert await shelf.delete(PROJECT, item)

    assert await shelf.find(PROJECT, item) is None
    assert not await shelf.delete(PROJECT, item)
    assert not await shelf.update(PROJECT, item, seen)


async def test_another_project_can_neither_see_nor_touch_it(shelf: Shelf):
    item = shelf.new({"of": PROJECT})
    await shelf.insert(PROJECT, item)
    seen = (await find(shelf, item)).revision

    assert await shelf.find("other", item) is None
    assert not await shelf.update("other", replace(item, metadata={}), seen)
    assert not await shelf.delete("other", item)

    assert (await find(shelf, item)).value == item


async def test_two_projects_may_have_the_same_id(shelf: Shelf):
    item = shelf.new({"of": PROJECT})
    await shelf.insert(PROJECT, item)
    await shelf.insert("other", replace(item, metadata={"of": "other"}))

    assert await shelf.delete("other", item)

    assert (await find(shelf, item)).value.metadata == {"of": PROJECT}


async def test_an_id_is_kept_once(shelf: Shelf):
    item = shelf.new({"by": "the first"})
    await shelf.insert(PROJECT, item)

    with pytest.raises(StorageError):
        await shelf.insert(PROJECT, replace(item, metadata={"by": "the second"}))

    assert (await find(shelf, item)).value == item


async def test_a_call_that_fails_harms_none_of_those_beside_it(shelf: Shelf):
    taken = shelf.new({})
    await shelf.insert(PROJECT, taken)
    fresh = [shelf.new({}) for _ in range(20)]
    calls = [shelf.insert(PROJECT, item) for item in [*fresh[:10], taken, *fresh[10:], taken]]

    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(answer) for answer in answers if answer is not None] == [StorageError] * 2
    for item in fresh:
        assert (await find(shelf, item)).value == item


async def test_sixty_four_callers_at_once_lose_nothing(shelf: Shelf):
    async def keep_ten() -> list[Any]:
        items = [shelf.new({}) for _ in range(10)]
        for item in items:
            await shelf.insert(PROJECT, item)
            assert await shelf.find(PROJECT, item) is not None
        return items

    kept = [
        item for items in await asyncio.gather(*(keep_ten() for _ in range(64))) for item in items
    ]

    assert len(kept) == 640
    for item in kept:
        assert (await find(shelf, item)).value == item


async def test_a_caller_that_goes_away_leaves_the_others_alone(shelf: Shelf):
    items = [shelf.new({}) for _ in range(10)]
    tasks = [asyncio.ensure_future(shelf.insert(PROJECT, item)) for item in items]
    await asyncio.sleep(0)
    tasks[0].cancel()

    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [None] * 9
    for item in items[1:]:
        assert (await find(shelf, item)).value == item
