"""Ids and keys as a caller may send them: what no object can have is not there, and is no failure."""

from __future__ import annotations

import pytest

from tests.support.file_records import (
    add_text,
    keep_file,
    keep_vector_store,
    new_batch,
    new_vector_store_file,
)
from tests.support.records import PROJECT, new_assistant
from threadkeep.errors import MissingError
from threadkeep.storage import KeptAnswer, Storage
from threadkeep.types.file import File
from threadkeep.types.page import PageQuery
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources

ODD_NAMES = ["", " ", "\x00", "a\x00b", "%", "'", "\\", "é\u0301", "\U0001f9f5", "x" * 5_000]


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
async def test_what_has_an_odd_id_is_not_there(storage: Storage, name: str):
    store = await keep_vector_store(storage)
    file = await add_text(storage, store, "apples")

    for found in (
        await storage.assistants.find(PROJECT, name),
        await storage.threads.find(PROJECT, name),
        await storage.files.find(PROJECT, name),
        await storage.vector_stores.find(PROJECT, name),
        await storage.vector_store_files.find(PROJECT, name, file.id),
        await storage.vector_store_files.find(PROJECT, store.id, name),
        await storage.file_batches.find(PROJECT, store.id, name),
        await storage.file_batches.cancel(PROJECT, store.id, name),
        await storage.chunks.texts(PROJECT, store.id, name),
        await storage.files.find(name, file.id),
    ):
        assert found is None
    assert not await storage.files.delete(PROJECT, name)
    assert not await storage.vector_stores.delete(PROJECT, name)
    assert not await storage.vector_store_files.delete(PROJECT, store.id, name)
    hits = await storage.chunks.search(PROJECT, [name, store.id], ["apples"], limit=5)
    assert len(hits) == 1
    await storage.vector_stores.touch(PROJECT, [name, store.id])


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
async def test_an_odd_id_is_refused_where_there_must_be_an_object(storage: Storage, name: str):
    store, file = await keep_vector_store(storage), await keep_file(storage)
    absent = new_vector_store_file(store, File(id=name))
    resources = ToolResources(code_interpreter=CodeInterpreterResources(file_ids=[file.id, name]))

    for call in (
        storage.files.page(PROJECT, PageQuery(after=name)),
        storage.vector_store_files.page(PROJECT, store.id, PageQuery(before=name)),
        storage.vector_store_files.insert(PROJECT, absent),
        storage.file_batches.insert(PROJECT, new_batch(store), [absent]),
        storage.assistants.insert(PROJECT, new_assistant(tool_resources=resources)),
    ):
        with pytest.raises(MissingError) as refused:
            await call
        assert refused.value.id == name


@pytest.mark.parametrize("key", ["'", "\\", "é\u0301", "\U0001f9f5", "ÿ" * 255, "a\x01b"])
async def test_a_key_may_be_any_text(storage: Storage, key: str):
    answer = KeptAnswer(200, [], b"")
    keys = storage.idempotency_keys

    assert await keys.begin(PROJECT, key, "holder", b"request", hold_seconds=60) == "fresh"
    await keys.keep(PROJECT, key, "holder", answer)

    assert await keys.begin(PROJECT, key, "holder", b"request", hold_seconds=60) == answer
