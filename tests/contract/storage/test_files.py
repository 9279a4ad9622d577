"""Files in every storage: keeping them, and how far deleting one reaches."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.file_records import (
    add_text,
    found_vector_store,
    keep_file,
    keep_vector_store,
    new_file,
)
from tests.support.manual_clock import ManualClock
from tests.support.records import (
    PROJECT,
    new_assistant,
    new_message,
    new_record,
    new_run,
    new_thread,
)
from threadkeep.errors import MissingError, StorageError
from threadkeep.storage import Storage
from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import encode
from threadkeep.types.file import File
from threadkeep.types.thread import Thread
from threadkeep.types.tool_resources import (
    CodeInterpreterResources,
    FileSearchResources,
    ToolResources,
)


def listing_files(*file_ids: str) -> ToolResources:
    return ToolResources(
        code_interpreter=CodeInterpreterResources(file_ids=list(file_ids)),
        file_search=FileSearchResources(vector_store_ids=["vs_1"]),
    )


async def keep_owners(storage: Storage, *files: File, project: str = PROJECT) -> list[Any]:
    """An assistant and a thread whose code interpreters list these files."""
    resources = listing_files(*(file.id for file in files))
    assistant = new_assistant(tool_resources=resources)
    thread = new_thread(tool_resources=resources)
    await storage.assistants.insert(project, assistant)
    await storage.threads.insert(project, thread)
    return [assistant, thread]


async def found(storage: Storage, owner: Assistant | Thread, project: str = PROJECT) -> Any:
    nouns = storage.assistants if isinstance(owner, Assistant) else storage.threads
    record = await nouns.find(project, owner.id)
    assert record is not None
    return record


async def test_a_file_is_kept_byte_for_byte_until_it_is_deleted(storage: Storage):
    file = new_file(filename="你好 \U0001f9f5'.txt", bytes=3, expires_at=1_800_000_000)
    await storage.files.insert(PROJECT, file)
    await storage.files.insert("other", replace(file, filename="theirs"))

    record = await storage.files.find(PROJECT, file.id)

    assert record is not None
    assert record.body == encode(file)
    assert await storage.files.delete("other", file.id)
    assert await storage.files.delete(PROJECT, file.id)
    assert await storage.files.find(PROJECT, file.id) is None
    assert not await storage.files.delete(PROJECT, file.id)


async def test_an_id_is_kept_once(storage: Storage):
    file = await keep_file(storage)

    with pytest.raises(StorageError):
        await storage.files.insert(PROJECT, file)


async def test_a_file_expires_by_the_storages_own_clock(
    storage: Storage, manual_clock: ManualClock
):
    now = int(manual_clock.now())
    for project, seconds in (("mine", 60), ("theirs", 30), ("mine", 90), ("mine", 3600)):
        await keep_file(storage, project, id=f"file-{seconds}", expires_at=now + seconds)
    await keep_file(storage, "mine")

    assert await storage.files.expired(10) == []
    manual_clock.advance(90)

    expired = [("theirs", "file-30"), ("mine", "file-60"), ("mine", "file-90")]
    assert await storage.files.expired(10) == expired
    assert await storage.files.expired(2) == expired[:2]
    await storage.files.delete("theirs", "file-30")
    assert await storage.files.expired(10) == expired[1:]


async def test_a_deleted_file_leaves_every_vector_store(storage: Storage):
    stores = [await keep_vector_store(storage) for _ in range(2)]
    file = await add_text(storage, stores[0], "apples")
    again = replace(file, vector_store_id=stores[1].id)
    await storage.vector_store_files.insert(PROJECT, again)
    await add_text_of_another(storage, stores[0])

    assert await storage.files.delete(PROJECT, file.id)

    for store, left in zip(stores, (1, 0), strict=True):
        now = await found_vector_store(storage, store)
        assert (now.file_counts.total, now.status) == (left, "completed")
        assert await storage.vector_store_files.find(PROJECT, store.id, file.id) is None
        assert await storage.chunks.texts(PROJECT, store.id, file.id) is None
    hits = await storage.chunks.search(
        PROJECT, [store.id for store in stores], ["apples pears"], limit=10
    )
    assert [hit.text for hit in hits] == ["pears"]


async def add_text_of_another(storage: Storage, store: Any) -> None:
    """Another file, while the one that waits in the other vector store is read."""
    other = await keep_file(storage)
    from tests.support.file_records import new_vector_store_file
    from threadkeep.storage import Chunk

    await storage.vector_store_files.insert(PROJECT, new_vector_store_file(store, other))
    for record in await storage.vector_store_files.claim("worker-1", 10):
        if record.file.id == other.id:
            assert await storage.vector_store_files.complete(record, [Chunk(text="pears")], 5)


async def test_a_deleted_file_leaves_the_code_interpreter_of_each_assistant_and_thread(
    storage: Storage,
):
    doomed, kept = [await keep_file(storage) for _ in range(2)]
    owners = await keep_owners(storage, doomed, kept)
    before = [await found(storage, owner) for owner in owners]

    assert await storage.files.delete(PROJECT, doomed.id)

    for owner, seen in zip(owners, before, strict=True):
        record = await found(storage, owner)
        assert record.value == replace(owner, tool_resources=listing_files(kept.id))
        assert record.revision > seen.revision


async def test_what_lists_a_file_no_more_is_left_alone_when_it_is_deleted(storage: Storage):
    doomed, kept = [await keep_file(storage) for _ in range(2)]
    assistant, thread = await keep_owners(storage, doomed)
    resources = listing_files(kept.id)
    await storage.assistants.update(PROJECT, replace(assistant, tool_resources=resources), 1)
    await storage.threads.update(PROJECT, replace(thread, tool_resources=None), 1)
    before = [await found(storage, owner) for owner in (assistant, thread)]

    await storage.files.delete(PROJECT, doomed.id)

    assert [await found(storage, owner) for owner in (assistant, thread)] == before


async def test_a_file_that_an_update_lists_is_taken_out_as_well(storage: Storage):
    file = await keep_file(storage)
    assistant, thread = new_assistant(), new_thread()
    await storage.assistants.insert(PROJECT, assistant)
    await storage.threads.insert(PROJECT, thread)
    resources = listing_files(file.id)
    await storage.assistants.update(PROJECT, replace(assistant, tool_resources=resources), 1)
    await storage.threads.update(PROJECT, replace(thread, tool_resources=resources), 1)

    await storage.files.delete(PROJECT, file.id)

    for owner in (assistant, thread):
        assert (await found(storage, owner)).value.tool_resources == listing_files()


async def test_a_file_that_is_not_there_cannot_be_listed(storage: Storage):
    file, theirs = await keep_file(storage), await keep_file(storage, "theirs")
    resources = listing_files(file.id, theirs.id)
    assistant, thread = await keep_owners(storage)
    calls = [
        storage.assistants.insert(PROJECT, new_assistant(tool_resources=resources)),
        storage.threads.insert(PROJECT, new_thread(tool_resources=resources)),
        storage.assistants.update(PROJECT, replace(assistant, tool_resources=resources), 1),
        storage.threads.update(PROJECT, replace(thread, tool_resources=resources), 1),
        storage.runs.insert(
            new_record(new_run(thread)), thread=new_thread(tool_resources=resources)
        ),
    ]

    for call in calls:
        with pytest.raises(MissingError) as refused:
            await call
        assert (refused.value.noun, refused.value.id) == ("file", theirs.id)
    for owner in (assistant, thread):
        assert (await found(storage, owner)).value == owner


async def test_a_file_listed_twice_is_listed_and_leaves_twice(storage: Storage):
    file = await keep_file(storage)
    (assistant, _) = await keep_owners(storage, file, file)
    assert (await found(storage, assistant)).value == assistant

    await storage.files.delete(PROJECT, file.id)

    assert (await found(storage, assistant)).value.tool_resources == listing_files()


async def test_a_file_does_not_keep_its_owners_from_being_deleted(storage: Storage):
    file = await keep_file(storage)
    assistant, thread = await keep_owners(storage, file)
    await storage.messages.insert(PROJECT, new_message(thread))

    assert await storage.assistants.delete(PROJECT, assistant.id)
    assert await storage.threads.delete(PROJECT, thread.id)

    assert await storage.files.find(PROJECT, file.id) is not None
    assert await storage.files.delete(PROJECT, file.id)


async def test_deleting_reaches_nothing_of_another_project(storage: Storage):
    file = await keep_file(storage, "mine")
    await storage.files.insert("theirs", file)
    mine = await keep_owners(storage, file, project="mine")
    theirs = await keep_owners(storage, file, project="theirs")
    store = await keep_vector_store(storage, "theirs")
    await add_text(storage, store, "apples", project="theirs")

    await storage.files.delete("mine", file.id)

    for owner in mine:
        assert (await found(storage, owner, "mine")).value.tool_resources == listing_files()
    for owner in theirs:
        assert (await found(storage, owner, "theirs")).value == owner
    assert (await found_vector_store(storage, store, "theirs")).file_counts.completed == 1
