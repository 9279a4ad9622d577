"""Engines on one storage, as the nodes of a server would be, each of which can be cut off from storage or bus."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.scripted_model import ScriptedModel
from threadkeep.bus import Bus
from threadkeep.bus.in_process import InProcessBus
from threadkeep.bus.nats import NatsBus
from threadkeep.engine.engine import Engine
from threadkeep.errors import StorageError
from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.retrieval.process import ProcessReader
from threadkeep.retrieval.searching import Searcher
from threadkeep.settings import EngineSettings, UpstreamSettings
from threadkeep.storage import RunRecord, Storage
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.tools import ServerTool
from threadkeep.tools.file_search import FileSearch
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.clock import Clock, SystemClock
from threadkeep.types.message import MessageCreate
from threadkeep.types.run_request import RunCreate
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import FunctionDefinitionInput, FunctionToolInput

PROJECT = "default"
SETTINGS = EngineSettings(lease_seconds=0.4, sweep_seconds=0.1, drain_seconds=5.0)
SECONDS = 15.0
READING_SECONDS = 2.0


class Losses:
    """What is lost on the bus: all that is published or asked on the subjects that begin with one of `lost`."""

    def __init__(self) -> None:
        self.lost: tuple[str, ...] = ()


class LossyBus:
    """A bus as one node sees it."""

    def __init__(self, bus: Bus, losses: Losses) -> None:
        self._bus = bus
        self._losses = losses
        self.start, self.stop = bus.start, bus.stop
        self.subscribe, self.serve = bus.subscribe, bus.serve

    @property
    def is_connected(self) -> bool:
        return self._bus.is_connected

    @property
    def label(self) -> str:
        return self._bus.label

    def publish(self, subject: str, payload: bytes) -> None:
        if not self._is_lost(subject):
            self._bus.publish(subject, payload)

    async def request(self, subject: str, payload: bytes, *, timeout: float) -> bytes | None:
        if self._is_lost(subject):
            return None
        return await self._bus.request(subject, payload, timeout=timeout)

    def _is_lost(self, subject: str) -> bool:
        return subject.startswith(self._losses.lost or ("\0",))


class SharedStorage:
    """A storage as one of several nodes sees it: not its own alone, and out of reach while it is cut off.

    The answers to calls whose names are in `unanswered` are lost, each once: what was asked for is done. The answers to
    those in `held` wait for their event.
    """

    def __init__(self, storage: Storage, *, exclusive: bool) -> None:
        self._storage = storage
        self.clock = storage.clock
        self.exclusive = exclusive
        self.is_cut_off = False
        self.unanswered: list[str] = []
        self.held: dict[str, asyncio.Event] = {}

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
            answer = await call(*args, **kwargs)
            if name in self._shared.held and answer:
                await self._shared.held[name].wait()
            if name in self._shared.unanswered and answer:
                self._shared.unanswered.remove(name)
                raise StorageError("the answer was lost")
            return answer

        return reach


class Ground:
    """What all nodes stand on; each has its own way there. The first is for the test itself."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        new_storage: Callable[[], Storage],
        new_bus: Callable[[], Bus],
    ) -> None:
        self.name = name
        self.clock = clock
        self._new_storage = new_storage
        self._new_bus = new_bus
        self._opened: list[Storage | Bus] = []

    async def storage(self) -> Storage:
        """An open way to the records."""
        storage = self._new_storage()
        if storage not in self._opened:
            await storage.open()
            self._opened.append(storage)
        return storage

    async def bus(self) -> Bus:
        """A started way to the bus."""
        bus = self._new_bus()
        if bus not in self._opened:
            await bus.start()
            self._opened.append(bus)
        return bus

    async def close(self) -> None:
        """Leave it."""
        for opened in reversed(self._opened):
            await (opened.close() if hasattr(opened, "close") else opened.stop())


def _in_one_process(_: pytest.FixtureRequest, clock: Clock) -> Ground:
    storage, bus = SQLiteStorage(":memory:", clock), InProcessBus()
    return Ground(IN_ONE_PROCESS, clock, lambda: storage, lambda: bus)


def _on_many_machines(request: pytest.FixtureRequest, clock: Clock) -> Ground:
    dsn, url = request.getfixturevalue("postgres_dsn"), request.getfixturevalue("nats_url")
    prefix = f"test-{secrets.token_hex(8)}"
    return Ground(
        ON_MANY_MACHINES,
        clock,
        lambda: PostgresStorage(dsn, clock, connections=4),
        lambda: NatsBus(url, prefix=prefix),
    )


IN_ONE_PROCESS: Final = "SQLite and in-process"
ON_MANY_MACHINES: Final = "PostgreSQL and NATS"
GROUNDS: Final[dict[str, Callable[[pytest.FixtureRequest, Clock], Ground]]] = {
    IN_ONE_PROCESS: _in_one_process,
    ON_MANY_MACHINES: _on_many_machines,
}


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
    """An engine with its own view of storage and bus."""

    def __init__(
        self,
        nodes: Nodes,
        storage: SharedStorage,
        bus: LossyBus,
        settings: EngineSettings,
        *,
        works: bool,
    ) -> None:
        self.storage = storage
        searcher = Searcher(storage, nodes.embedding_model)
        file_search = FileSearch(storage, nodes.wait_seconds, searcher=searcher)
        self.engine = Engine(
            self.storage,
            bus,
            nodes.model,
            settings,
            contents=nodes.contents,
            reader=nodes.reader,
            embedding_model=nodes.embedding_model,
            server_tools=[file_search, *nodes.more_tools],
            clock=nodes.clock,
            works=works,
        )


class Nodes:
    """The storage, the bus and the model that all nodes share, and the steps of a conversation."""

    def __init__(
        self,
        ground: Ground,
        storage: Storage,
        contents: HeldFolder,
        model: ScriptedModel,
        clock: MovedClock,
    ) -> None:
        self.ground = ground
        self.storage = storage
        self.contents = contents
        self.clock = clock
        self.reader = ProcessReader(seconds=READING_SECONDS)
        self.wait_seconds = SECONDS
        self.embedding_model: EmbeddingModel | None = None
        self.more_tools: list[ServerTool] = []
        self.bus = Losses()
        self.script = model
        upstream = UpstreamSettings(url=model.base_url, max_retries=0)
        self.transport = AsyncPyreqwestTransport()
        self.model = OpenAICompatibleModel("scripted", upstream, self.transport)
        self.started: list[Node] = []

    async def start(
        self, settings: EngineSettings = SETTINGS, *, exclusive: bool = False, works: bool = True
    ) -> Node:
        """One more node; with `exclusive` it may take itself for the only one. If it `works`, it has duties."""
        storage = SharedStorage(await self.ground.storage(), exclusive=exclusive)
        bus = LossyBus(await self.ground.bus(), self.bus)
        node = Node(self, storage, bus, settings, works=works)
        await node.engine.start()
        self.started.append(node)
        return node

    async def stop(self) -> None:
        """End all that still runs."""
        for node in self.started:
            node.storage.is_cut_off = False
            await node.engine.stop()
        await self.transport.aclose()
        await self.reader.close()

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

    async def opening_is_kept(self, record: RunRecord) -> None:
        """Return once a step of the run is kept: that is a moment after it was told."""
        async with asyncio.timeout(SECONDS):
            while True:
                thread, run = record.run.thread_id, record.run.id
                if await self.storage.run_steps.of_runs(PROJECT, thread, [run]):
                    return
                await asyncio.sleep(0.01)

    async def events(self, node: Node, record: RunRecord) -> list[str]:
        """The names of the events that a follower sees, to the end."""
        async with asyncio.timeout(SECONDS):
            batches = [batch async for batch in node.engine.follower.follow(record)]
        return [event.name for batch in batches for event in batch]


@pytest.fixture
def moved_clock() -> MovedClock:
    """The clock of all nodes."""
    return MovedClock()


@pytest.fixture
def ground(request: pytest.FixtureRequest, moved_clock: MovedClock) -> Ground:
    """What the nodes stand on. To run tests on all: `pytest.mark.parametrize("ground", GROUNDS, indirect=True)`."""
    return GROUNDS[getattr(request, "param", IN_ONE_PROCESS)](request, moved_clock)


@pytest.fixture
async def nodes(
    ground: Ground, scripted_model: ScriptedModel, moved_clock: MovedClock, tmp_path: Path
) -> AsyncIterator[Nodes]:
    contents = HeldFolder(tmp_path)
    await contents.open()
    nodes = Nodes(ground, await ground.storage(), contents, scripted_model, moved_clock)
    yield nodes
    await nodes.stop()
    await ground.close()
