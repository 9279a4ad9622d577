"""What is remembered of the file is never older than what was acknowledged."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from tests.support.file_records import keep_file
from tests.support.records import PROJECT, new_assistant
from tests.support.sqlite_storages import Meter
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources


async def test_an_assistant_is_read_once_until_it_changes(
    traced_storage: SQLiteStorage, meter: Meter
):
    assistants, cost = traced_storage.assistants, meter.cost
    assistant, other = new_assistant(), new_assistant()
    await assistants.insert(PROJECT, assistant)
    await assistants.insert(PROJECT, other)

    assert await cost(assistants.find(PROJECT, assistant.id)) == ["assistants/find"]
    assert await cost(assistants.find(PROJECT, assistant.id)) == []
    await assistants.update(PROJECT, replace(assistant, name="Ann"), 1)
    assert await cost(assistants.find(PROJECT, assistant.id)) == ["assistants/find"]
    await assistants.delete(PROJECT, other.id)
    assert await cost(assistants.find(PROJECT, assistant.id)) == []


async def test_a_change_from_elsewhere_is_noticed(traced_storage: SQLiteStorage):
    file = await keep_file(traced_storage)
    listed = ToolResources(code_interpreter=CodeInterpreterResources(file_ids=[file.id]))
    assistant = new_assistant(tool_resources=listed)
    await traced_storage.assistants.insert(PROJECT, assistant)
    before = await traced_storage.assistants.find(PROJECT, assistant.id)

    await traced_storage.files.delete(PROJECT, file.id)

    after = await traced_storage.assistants.find(PROJECT, assistant.id)
    assert before is not None
    assert before.value == assistant
    assert after is not None
    assert after.value.tool_resources == ToolResources(
        code_interpreter=CodeInterpreterResources(file_ids=[])
    )


async def test_what_is_read_beside_a_change_is_not_remembered(traced_storage: SQLiteStorage):
    assistants = traced_storage.assistants
    assistant = new_assistant()
    await assistants.insert(PROJECT, assistant)
    changed = replace(assistant, name="Ann")

    before, _ = await asyncio.gather(  # both in one batch, the read first
        assistants.find(PROJECT, assistant.id), assistants.update(PROJECT, changed, 1)
    )
    now = await assistants.find(PROJECT, assistant.id)

    assert before is not None
    assert before.value == assistant
    assert now is not None
    assert now.value == changed


async def test_nothing_is_remembered_of_a_file_that_others_may_have_had(tmp_path: Path):
    assistant = new_assistant()
    storage, other = (SQLiteStorage(tmp_path / "records.db") for _ in range(2))
    await storage.open()
    await storage.assistants.insert(PROJECT, assistant)
    await storage.assistants.find(PROJECT, assistant.id)
    await storage.close()
    await other.open()
    await other.assistants.delete(PROJECT, assistant.id)
    await other.close()

    await storage.open()

    assert await storage.assistants.find(PROJECT, assistant.id) is None
    await storage.close()
