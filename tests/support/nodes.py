"""Engines on one storage, as the nodes of a server would be, each of which can be cut off from storage or bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted_model import ScriptedModel
from threadkeep.bus.in_process import InProcessBus
from threadkeep.engine.engine import Engine
from threadkeep.errors import StorageError
from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.retrieval.process import ProcessReader
from threadkeep.settings import EngineSettings, UpstreamSettings
from threadkeep.storage import RunRecord, Storage
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.tools.file_search import FileSearch
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.clock import SystemClock
from threadkeep.types.message import MessageCreate
from threadkeep.types.run_request import RunCreate
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import FunctionDefinitionInput, FunctionToolInput

PROJECT = "default"
SETTINGS = EngineSettings(lease_seconds=0.4, sweep_seconds=0.1, drain_seconds=5.0)
SECONDS = 15.0
READING_SECONDS = 2.0


class LossyBus(InProcessBus):
    """Loses what is published on the subjects that begin with one of `lost`."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: tuple[str, ...] = ()

    def publish(self, subject: str, payload: bytes) -> None:
        if not subject.startswith(self.lost or ("\0",)):
            super().publish(subject, payload)


class SharedStorage:
    """A storage as one of several nodes sees it: not its own alone, and out of reach while it is cut off."""

    def __init__(self, storage: Storage, *, exclusive: bool) -> None:
        self._storage = storage
        self.exclusive = exclusive
        self.is_cut_off = False

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._storage, name)
        return _Reachable(self, part) if hasattr(part, "__dict__") else part


class _Reachable:
    def __init__(self, shared: SharedStorage, part: Any) -> None:
        self._shared = shared
        self._part = part

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._part, name)

        async def reach(*args: Any, **kwargs: Any) -> Any:
            if self._shared.is_cut_off:
                raise StorageError("cut off")
            return await call(*args, **kwargs)

        return reach


class HeldFolder(LocalFolder):
    """A folder of files whose bytes can be held back, from whoever begins to read them then."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._is_free = asyncio.Event()
        self._is_waited_for = asyncio.Event()
        self._is_free.set()

    def hold(self) -> None:
        """Give out nothing from now on."""
        self._is_free.clear()
        self._is_waited_for.clear()

    def let_go(self) -> None:
        """Give out everything again."""
        self._is_free.set()

    async def held(self) -> None:
        """Return once somebody waits for bytes."""
        async with asyncio.timeout(SECONDS):
            await self._is_waited_for.wait()

    async def reach_names(self, names: list[tuple[str, str]]) -> None:
        """Return once these are all that is kept."""
        async with asyncio.timeout(SECONDS):
            while True:
                if sorted(await self.names()) == sorted(names):
                    return
                await asyncio.sleep(0.01)

    async def read(self, project: str, file_id: str) -> AsyncGenerator[bytes, None]:
        if not self._is_free.is_set():
            self._is_waited_for.set()
            await self._is_free.wait()
        async with aclosing(super().read(project, file_id)) as parts:
            async for part in parts:
                yield part


class MovedClock(SystemClock):
    """Goes on as clocks do, and can be put forward."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def now(self) -> float:
        return super().now() + self._seconds

    def advance(self, seconds: float) -> None:
        """Put it forward."""
        self._seconds += seconds


class Node:
    """An engine with its own view of the storage."""

    def __init__(self, nodes: Nodes, settings: EngineSettings, *, exclusive: bool) -> None:
        self.storage = SharedStorage(nodes.storage, exclusive=exclusive)
        self.engine = Engine(
            self.storage,
            nodes.bus,
            nodes.model,
            settings,
            contents=nodes.contents,
            reader=nodes.reader,
            server_tools=[FileSearch(self.storage, nodes.wait_seconds)],
            clock=nodes.clock,
        )


class Nodes:
    """The storage, the bus and the model that all nodes share, and the steps of a conversation."""

    def __init__(
        self, storage: Storage, contents: HeldFolder, model: ScriptedModel, clock: MovedClock
    ) -> None:
        self.storage = storage
        self.contents = contents
        self.clock = clock
        self.reader = ProcessReader(seconds=READING_SECONDS)
        self.wait_seconds = SECONDS
        self.bus = LossyBus()
        self.script = model
        upstream = UpstreamSettings(url=model.base_url, max_retries=0)
        self._transport = AsyncPyreqwestTransport()
        self.model = OpenAICompatibleModel("scripted", upstream, self._transport)
        self.started: list[Node] = []

    async def start(self, settings: EngineSettings = SETTINGS, *, exclusive: bool = False) -> Node:
        """One more node; with `exclusive` it may take itself for the only one."""
        node = Node(self, settings, exclusive=exclusive)
        await node.engine.start()
        self.started.append(node)
        return node

    async def stop(self) -> None:
        """End all that still runs."""
        for node in self.started:
            node.storage.is_cut_off = False
            await node.engine.stop()
        await self._transport.aclose()
        await self.reader.close()
        await self.bus.stop()

    async def new_run(self, node: Node, **fields: Any) -> RunRecord:
        """A run on a new thread with one message, of a new assistant with one function."""
        function = FunctionToolInput(function=FunctionDefinitionInput(name="get_weather"))
        assistant = await node.engine.assistants.create(
            PROJECT, AssistantCreate(model="scripted-model", tools=[function])
        )
        message = MessageCreate(role="user", content="Hello?")
        thread = await node.engine.threads.create(PROJECT, ThreadCreate(messages=[message]))
        body = RunCreate(assistant_id=assistant.id, **fields)
        return await node.engine.runs.create(PROJECT, thread.id, body)

    async def reach(self, record: RunRecord, *statuses: str, epoch: int = 0) -> RunRecord:
        """The run once it has one of `statuses`, and was claimed for the `epoch`-th time."""
        async with asyncio.timeout(SECONDS):
            while True:
                now = await self.storage.runs.find(PROJECT, record.run.thread_id, record.run.id)
                assert now is not None
                if now.run.status in statuses and now.epoch >= epoch:
                    return now
                await asyncio.sleep(0.01)

    async def events(self, node: Node, record: RunRecord) -> list[str]:
        """The names of the events that a follower sees, to the end."""
        async with asyncio.timeout(SECONDS):
            batches = [batch async for batch in node.engine.follower.follow(record)]
        return [event.name for batch in batches for event in batch]


@pytest.fixture
async def nodes(scripted_model: ScriptedModel, tmp_path: Path) -> AsyncIterator[Nodes]:
    clock = MovedClock()
    storage = SQLiteStorage(":memory:", clock)
    await storage.open()
    contents = HeldFolder(tmp_path)
    await contents.open()
    nodes = Nodes(storage, contents, scripted_model, clock)
    await nodes.bus.start()
    yield nodes
    await nodes.stop()
    await storage.close()
