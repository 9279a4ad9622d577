"""What a streamed run costs a cluster: each statement is a round trip, and each commit waits for the disk."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.support.records import PROJECT
from tests.support.scripted_model import Gate, ScriptedModel
from threadkeep.bus.nats import NatsBus
from threadkeep.engine.engine import Engine
from threadkeep.engine.images import Images
from threadkeep.engine.worker import Worker
from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.retrieval.process import ProcessReader
from threadkeep.settings import EngineSettings, UpstreamSettings
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.telemetry import Telemetry
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.clock import SystemClock
from threadkeep.types.ids import RandomIds
from threadkeep.types.message import MessageCreate
from threadkeep.types.run_request import RunCreate, ThreadRunCreate
from threadkeep.types.thread import ThreadCreate

QUIET: Final = EngineSettings(lease_seconds=1000, sweep_seconds=1000)
"""Nothing comes round while it is counted."""
FIRST_TICKS: Final = {"workers/renew": 2, "workers/owned": 2, "runs/any_queued": 1}
SECONDS: Final = 15.0


class Statements(list[str]):
    """What is executed, on whatever thread."""

    def __init__(self) -> None:
        super().__init__()
        self._gates: dict[str, Gate] = {}

    def note(self, name: str) -> None:
        """One more statement."""
        self.append(name)
        if gate := self._gates.pop(name, None):
            gate.open()

    def gate_at(self, name: str) -> Gate:
        """A gate that the next statement of that name opens."""
        return self._gates.setdefault(name, Gate())


class Trace(Statements):
    """`is_quiet` once a worker has done what it does at its start."""

    def __init__(self) -> None:
        super().__init__()
        self.is_quiet = asyncio.Event()

    def note(self, name: str) -> None:
        """One more statement."""
        super().note(name)
        if all(self.count(each) >= times for each, times in FIRST_TICKS.items()):
            self.is_quiet.set()


class Cluster(NamedTuple):
    """A node for the API and a worker; what each executes in the database."""

    api: Engine
    of_api: Trace
    of_worker: Trace


@pytest.fixture
async def cluster(
    postgres_dsn: str, nats_url: str, scripted_model: ScriptedModel, tmp_path: Path
) -> AsyncIterator[Cluster]:
    of_api, of_worker, prefix = Trace(), Trace(), f"test-{secrets.token_hex(8)}"
    async with AsyncExitStack() as stack:
        transport = AsyncPyreqwestTransport()
        stack.push_async_callback(transport.aclose)
        model = OpenAICompatibleModel(
            "scripted", UpstreamSettings(url=scripted_model.base_url), transport
        )
        contents, reader = LocalFolder(tmp_path), ProcessReader()
        stack.push_async_callback(reader.close)

        async def ground(trace: Trace) -> tuple[PostgresStorage, NatsBus]:
            storage = PostgresStorage(postgres_dsn, trace=trace.note)
            bus = NatsBus(nats_url, prefix=prefix)
            await storage.open()
            stack.push_async_callback(storage.close)
            await bus.start()
            stack.push_async_callback(bus.stop)
            return storage, bus

        worker = Worker(
            *await ground(of_worker),
            model,
            images=Images(contents),
            server_tools=[],
            settings=QUIET,
            clock=SystemClock(),
            ids=RandomIds(),
            telemetry=Telemetry(),
            node="test",
        )
        api = Engine(
            *await ground(of_api), model, QUIET, contents=contents, reader=reader, works=False
        )
        await api.start()
        stack.push_async_callback(api.stop)
        await worker.open()
        stack.push_async_callback(worker.close)
        async with asyncio.timeout(SECONDS):
            await of_worker.is_quiet.wait()
        yield Cluster(api, of_api, of_worker)


def written(*statements: str) -> list[str]:
    """The statements in a transaction."""
    return ["begin", *statements, "commit"]


CLAIMED: Final = written("runs/claim_named", "runs/claim")
BEGUN: Final = written("runs/write")
ENDED: Final = written("runs/write")


async def test_two_commits_before_the_first_token_and_two_behind(
    cluster: Cluster, scripted_model: ScriptedModel
):
    is_being_kept = cluster.of_worker.gate_at("runs/write")
    scripted_model.reply("Hello", is_being_kept, " there", "!")
    assistant = await cluster.api.assistants.create(PROJECT, AssistantCreate(model="any"))
    thread = ThreadCreate(messages=[MessageCreate(role="user", content="Hi")])
    cluster.of_api.clear()
    cluster.of_worker.clear()

    body = ThreadRunCreate(assistant_id=assistant.id, thread=thread)
    _, record = await cluster.api.runs.create_with_thread(PROJECT, body)
    events = [e.name async for batch in cluster.api.follower.follow(record) for e in batch]

    assert events[-1] == "thread.run.completed"
    assert cluster.of_api == [
        "assistants/find",
        *written("runs/insert"),
        "runs/find",
    ]
    assert cluster.of_worker == [*CLAIMED, "messages/page_descending", *BEGUN, *ENDED]


async def test_the_steps_of_earlier_runs_are_read_at_once(
    cluster: Cluster, scripted_model: ScriptedModel
):
    assistant = await cluster.api.assistants.create(PROJECT, AssistantCreate(model="any"))
    said = [MessageCreate(role="user", content="Hi")]
    thread = await cluster.api.threads.create(PROJECT, ThreadCreate(messages=said))
    body = RunCreate(assistant_id=assistant.id)

    for _ in range(3):
        cluster.of_worker.clear()
        is_being_kept = cluster.of_worker.gate_at("runs/write")
        scripted_model.reply("Hello", is_being_kept, "!")
        record = await cluster.api.runs.create(PROJECT, thread.id, body)
        events = [e.name async for batch in cluster.api.follower.follow(record) for e in batch]
        assert events[-1] == "thread.run.completed"

    history = ["messages/page_descending", "run_steps/of_runs"]
    assert cluster.of_worker == [*CLAIMED, *history, *BEGUN, *ENDED]
