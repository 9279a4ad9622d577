"""What a streamed run costs one process: each statement visits another thread, each commit waits for the disk."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.engine.test_cost_of_a_run import QUIET, SECONDS, Statements
from tests.support.records import PROJECT
from tests.support.scripted_model import Gate, ScriptedModel
from threadkeep.bus.in_process import InProcessBus
from threadkeep.engine import follower
from threadkeep.engine.engine import Engine
from threadkeep.inference import ChatModel
from threadkeep.inference.constrained_tools import ConstrainedTools
from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.retrieval.process import ProcessReader
from threadkeep.settings import UpstreamSettings
from threadkeep.storage import RunRecord
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.transport.plain_http import AsyncPlainHTTPTransport
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.message import MessageCreate
from threadkeep.types.run_request import RunCreate, ThreadRunCreate, ToolOutput, ToolOutputsSubmit
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import FunctionDefinitionInput, FunctionToolInput

FIRST_TICKS: Final = Counter(
    {
        "workers/renew": 2,
        "workers/owned": 2,
        "runs/claim_oldest": 1,
        "runs/orphans": 1,
        "runs/due": 1,
        "vector_store_files/claim_waiting": 1,
        "chunks/sweep": 1,
    }
)
"""What the duties do at their start."""


class Trace(Statements):
    """With what the duties do at their start."""

    def __init__(self) -> None:
        super().__init__()
        self._has_ticked = threading.Event()

    def note(self, name: str) -> None:
        """One more statement."""
        super().note(name)
        if Counter(self) >= FIRST_TICKS:
            self._has_ticked.set()

    async def is_quiet(self) -> None:
        """Return once the duties have done what they do at their start."""
        assert await asyncio.to_thread(self._has_ticked.wait, SECONDS)


class OneProcess(NamedTuple):
    """An engine on a file; what it has executed there."""

    engine: Engine
    path: Path
    executed: Trace

    async def told(self, record: RunRecord) -> list[str]:
        """The names of the events of a run, to where it stops."""
        follower = self.engine.follower
        return [event.name async for batch in follower.follow(record) for event in batch]


@pytest.fixture
async def upstream(scripted_model: ScriptedModel) -> AsyncIterator[ChatModel]:
    transport = AsyncPlainHTTPTransport()
    settings = UpstreamSettings(url=scripted_model.base_url)
    yield OpenAICompatibleModel("scripted", settings, transport)
    await transport.aclose()


@pytest.fixture
async def one_process(upstream: ChatModel, tmp_path: Path) -> AsyncIterator[OneProcess]:
    async with working(upstream, tmp_path) as process:
        yield process


@pytest.fixture
async def weak_process(upstream: ChatModel, tmp_path: Path) -> AsyncIterator[OneProcess]:
    """With a model that has no tools of its own, so that its calls come in one piece."""
    async with working(ConstrainedTools(upstream), tmp_path) as process:
        yield process


@asynccontextmanager
async def working(chat_model: ChatModel, folder: Path) -> AsyncIterator[OneProcess]:
    executed = Trace()
    async with AsyncExitStack() as stack:
        reader = ProcessReader()
        stack.push_async_callback(reader.close)
        path, bus = folder / "records.db", InProcessBus()
        storage = SQLiteStorage(path, trace=executed.note)
        await storage.open()
        stack.push_async_callback(storage.close)
        await bus.start()
        stack.push_async_callback(bus.stop)
        contents = LocalFolder(folder / "files")
        engine = Engine(storage, bus, chat_model, QUIET, contents=contents, reader=reader)
        await engine.start()
        stack.push_async_callback(engine.stop)
        await executed.is_quiet()
        yield OneProcess(engine, path, executed)


def commits_in(path: Path) -> int:
    """How many transactions the write-ahead log holds: each ends with a frame that tells the size of the database."""
    log = Path(f"{path}-wal").read_bytes()
    header, frame = 32, 24 + int.from_bytes(log[8:12])
    return sum(any(log[at + 4 : at + 8]) for at in range(header, len(log), frame))


CREATED: Final = ["assistants/find", "threads/insert", "runs/insert", "messages/append"]
BEGUN: Final = ["runs/write_fence", "run_steps/write", "messages/write"]
ENDED: Final = ["runs/write", "run_steps/write", "messages/write"]
WEATHER: Final = AssistantCreate(
    model="any",
    tools=[FunctionToolInput(function=FunctionDefinitionInput(name="get_weather"))],
)


async def test_one_commit_before_the_first_token_and_two_behind(
    one_process: OneProcess, scripted_model: ScriptedModel
):
    engine = one_process.engine
    is_being_kept = one_process.executed.gate_at("messages/write")
    scripted_model.reply("Hello", is_being_kept, " there", "!")
    assistant = await engine.assistants.create(PROJECT, AssistantCreate(model="any"))
    thread = ThreadCreate(messages=[MessageCreate(role="user", content="Hi")])
    one_process.executed.clear()
    commits = commits_in(one_process.path)

    body = ThreadRunCreate(assistant_id=assistant.id, thread=thread)
    _, record = await engine.runs.create_with_thread(PROJECT, body)
    names = await one_process.told(record)

    assert names[-1] == "thread.run.completed"
    assert one_process.executed == [*CREATED, *BEGUN, *ENDED]
    assert commits_in(one_process.path) - commits == 3


async def test_a_thread_is_read_unless_it_is_as_new_as_the_run(
    one_process: OneProcess, scripted_model: ScriptedModel
):
    engine = one_process.engine
    said = [MessageCreate(role="user", content="Hi")]
    assistant = await engine.assistants.create(PROJECT, AssistantCreate(model="any"))
    thread = await engine.threads.create(PROJECT, ThreadCreate(messages=said))
    one_process.executed.clear()

    more = [MessageCreate(role="user", content="Are you there?")]
    body = RunCreate(assistant_id=assistant.id, additional_messages=more)
    record = await engine.runs.create(PROJECT, thread.id, body)

    assert (await one_process.told(record))[-1] == "thread.run.completed"
    assert one_process.executed.count("messages/page_descending") == 1
    [request] = scripted_model.chat_requests
    assert [m["content"] for m in request.body["messages"]] == ["Hi", "Are you there?"]


async def test_what_comes_in_one_piece_is_written_once(
    weak_process: OneProcess, scripted_model: ScriptedModel
):
    engine = weak_process.engine
    scripted_model.reply('{"tool": "get_weather", "arguments": {}}')
    assistant = await engine.assistants.create(PROJECT, WEATHER)
    thread = ThreadCreate(messages=[MessageCreate(role="user", content="Hi")])
    weak_process.executed.clear()
    commits = commits_in(weak_process.path)

    body = ThreadRunCreate(assistant_id=assistant.id, thread=thread)
    _, record = await engine.runs.create_with_thread(PROJECT, body)
    names = await weak_process.told(record)

    assert names[-1] == "thread.run.requires_action"
    parked = ["runs/write", "run_steps/write"]
    assert weak_process.executed == [*CREATED, *parked]
    assert commits_in(weak_process.path) - commits == 2


async def test_who_watches_a_silent_run_of_this_node_reads_nothing(
    one_process: OneProcess, scripted_model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(follower, "SILENCE_SECONDS", 0.01)
    engine = one_process.engine
    silence = Gate()
    scripted_model.reply("Hello", silence, "!")
    assistant = await engine.assistants.create(PROJECT, AssistantCreate(model="any"))
    thread = ThreadCreate(messages=[MessageCreate(role="user", content="Hi")])
    body = ThreadRunCreate(assistant_id=assistant.id, thread=thread)
    _, record = await engine.runs.create_with_thread(PROJECT, body)
    watching = asyncio.create_task(one_process.told(record))
    await silence.reached()
    await asyncio.sleep(0.2)  # a score of silences

    read = [name for name in one_process.executed if name == "runs/find"]
    silence.open()

    assert read == []
    assert (await watching)[-1] == "thread.run.completed"


async def test_nothing_of_a_run_waits_for_the_garbage_collector(
    one_process: OneProcess, scripted_model: ScriptedModel
):
    engine = one_process.engine
    assistant = await engine.assistants.create(PROJECT, AssistantCreate(model="any"))
    thread = ThreadCreate(messages=[MessageCreate(role="user", content="Hi")])
    body = ThreadRunCreate(assistant_id=assistant.id, thread=thread)

    with garbage() as found:
        for _ in range(3):
            _, record = await engine.runs.create_with_thread(PROJECT, body)
            assert (await one_process.told(record))[-1] == "thread.run.completed"

    assert found == []


@contextmanager
def garbage() -> Iterator[list[str]]:
    """The types of ours that only a collection frees: they hold each other."""
    found: list[str] = []
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        kinds = {type(each) for each in gc.garbage}
        found += [kind.__qualname__ for kind in kinds if kind.__module__.startswith("threadkeep")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def test_outputs_are_taken_and_the_run_claimed_in_one_commit(
    one_process: OneProcess, scripted_model: ScriptedModel
):
    engine = one_process.engine
    is_being_kept = one_process.executed.gate_at("messages/write")
    scripted_model.call_functions(("get_weather", "{}"))
    scripted_model.reply("Rain", is_being_kept, ".")
    assistant = await engine.assistants.create(PROJECT, WEATHER)
    said = ThreadCreate(messages=[MessageCreate(role="user", content="Hi")])
    thread = await engine.threads.create(PROJECT, said)
    record = await engine.runs.create(PROJECT, thread.id, RunCreate(assistant_id=assistant.id))
    assert (await one_process.told(record))[-1] == "thread.run.requires_action"
    parked = await engine.runs.find(PROJECT, thread.id, record.run.id)
    assert parked.required_action is not None
    [call] = parked.required_action.submit_tool_outputs.tool_calls
    outputs = ToolOutputsSubmit(tool_outputs=[ToolOutput(tool_call_id=call.id, output="rain")])
    commits = commits_in(one_process.path)

    queued, _ = await engine.runs.submit_tool_outputs(PROJECT, thread.id, parked.id, outputs)

    assert (await one_process.told(queued))[-1] == "thread.run.completed"
    assert commits_in(one_process.path) - commits == 3
