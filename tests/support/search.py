"""Steps of conversations about files, on the engine of a node."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from tests.support.nodes import PROJECT, SECONDS, Node, Nodes
from threadkeep.storage import RunRecord
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.file import File
from threadkeep.types.file_request import FileCreate
from threadkeep.types.message import MessageCreate
from threadkeep.types.run_request import RunCreate
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import (
    FileSearchOptionsInput,
    FileSearchToolInput,
    FunctionDefinitionInput,
    FunctionToolInput,
)
from threadkeep.types.tool_resources_request import (
    NewFileSearchResourcesInput,
    NewToolResourcesInput,
)
from threadkeep.types.vector_store import VectorStore
from threadkeep.types.vector_store_request import VectorStoreCreate

FUNCTION = FunctionToolInput(function=FunctionDefinitionInput(name="get_weather"))
TEA = "Tea is drunk at four. It has to be hot."
COFFEE = "Coffee is drunk all day. Nobody minds if it is cold."


def search(*queries: str) -> tuple[str, str]:
    """A call of the file search, for the scripted model."""
    return "file_search", json.dumps({"queries": queries})


def in_store(*store_ids: str) -> NewToolResourcesInput:
    """Tool resources that name vector stores."""
    ids = [*store_ids]
    return NewToolResourcesInput(file_search=NewFileSearchResourcesInput(vector_store_ids=ids))


class Library:
    """Files and vector stores of the project, through one node."""

    def __init__(self, nodes: Nodes, node: Node) -> None:
        self.nodes = nodes
        self.engine = node.engine

    async def upload(
        self, filename: str, content: str | bytes, purpose: str = "assistants"
    ) -> File:
        """A file."""
        data = content.encode() if isinstance(content, str) else content
        received = await self.engine.files.receive(PROJECT, filename, _parts(data))
        return await self.engine.files.create(received, FileCreate(purpose=purpose))

    async def store(self, **files: str | bytes) -> VectorStore:
        """A vector store of new text files, by their names without `.txt`, once all are read."""
        uploaded = [await self.upload(f"{name}.txt", content) for name, content in files.items()]
        body = VectorStoreCreate(file_ids=[file.id for file in uploaded])
        return await self.read(await self.engine.vector_stores.create(PROJECT, body))

    async def read(self, store: VectorStore) -> VectorStore:
        """The vector store, once all its files are read."""
        async with asyncio.timeout(SECONDS):
            while True:
                now = await self.find(store.id)
                if not now.file_counts.in_progress:
                    return now
                await asyncio.sleep(0.01)

    async def find(self, store_id: str) -> VectorStore:
        """The vector store as it is now."""
        record = await self.nodes.storage.vector_stores.find(PROJECT, store_id)
        assert record is not None
        return record.value

    async def run(
        self,
        *,
        assistant: NewToolResourcesInput | None = None,
        thread: NewToolResourcesInput | None = None,
        messages: list[MessageCreate] | None = None,
        search: FileSearchOptionsInput | None = None,
        **fields: Any,
    ) -> RunRecord:
        """A run with file search and one function, of a new assistant on a new thread."""
        tool = FileSearchToolInput(file_search=search) if search else FileSearchToolInput()
        made = await self.engine.assistants.create(
            PROJECT,
            AssistantCreate(
                model="scripted-model", tools=[tool, FUNCTION], tool_resources=assistant
            ),
        )
        body = ThreadCreate(
            messages=messages or [MessageCreate(role="user", content="When is tea drunk?")],
            tool_resources=thread,
        )
        new = await self.engine.threads.create(PROJECT, body)
        return await self.engine.runs.create(
            PROJECT, new.id, RunCreate(assistant_id=made.id, **fields)
        )

    async def ask_again(self, record: RunRecord, question: str) -> RunRecord:
        """One more run of the same assistant on the same thread."""
        message = MessageCreate(role="user", content=question)
        await self.engine.messages.create(PROJECT, record.run.thread_id, message)
        body = RunCreate(assistant_id=record.run.assistant_id)
        return await self.engine.runs.create(PROJECT, record.run.thread_id, body)

    async def steps(self, record: RunRecord) -> list[RunStep]:
        """The steps of a run as they are kept."""
        run = record.run
        return await self.nodes.storage.run_steps.of_runs(PROJECT, run.thread_id, [run.id])

    async def events(
        self, record: RunRecord, *, with_content: bool = False
    ) -> list[tuple[str, dict[str, Any]]]:
        """The events of a run as a watcher sees them, to the end."""
        following = self.engine.follower.follow(record, with_content=with_content)
        async with asyncio.timeout(SECONDS):
            batches = [batch async for batch in following]
        return [(event.name, json.loads(event.data)) for batch in batches for event in batch]


async def _parts(data: bytes) -> AsyncIterator[bytes]:
    yield data
