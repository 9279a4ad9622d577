"""Whatever becomes of the nodes, in any order: each run ends once, as one worker wrote it, and frees its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.nodes import (
    GROUNDS,
    IN_ONE_PROCESS,
    PROJECT,
    SECONDS,
    Ground,
    HeldFolder,
    MovedClock,
    Node,
    Nodes,
)
from tests.support.scripted_model import Gate, Reply, ScriptedModel, call
from threadkeep.engine.lifecycle import TERMINAL
from threadkeep.errors import RunStatusError, StorageError, ThreadBusyError
from threadkeep.settings import EngineSettings
from threadkeep.storage import RunRecord
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.codec import decode
from threadkeep.types.message import Message, MessageCreate
from threadkeep.types.page import PageQuery
from threadkeep.types.run import Run
from threadkeep.types.run_request import RunCreate, ToolOutput, ToolOutputsSubmit
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import FunctionDefinitionInput, FunctionToolInput

T = TypeVar("T")

BRISK = EngineSettings(lease_seconds=0.2, sweep_seconds=0.05, drain_seconds=0.05)
MOST_WORKERS = 3
ANSWER = "The whole answer."
KINDS = ("answer at once", "stop halfway", "call a function")

Kinds = st.sampled_from(KINDS)
Indexes = st.integers(0, 99)


class Lives(RuleBasedStateMachine):
    """Workers that die, are cut off and leave, and clients that go on through a node which does not work."""

    make_ground: ClassVar[Callable[[MovedClock], Ground]]
    model: ClassVar[ScriptedModel]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.gate = Gate()
        self.workers: list[Node] = []
        self.threads: list[str] = []
        self.runs: list[RunRecord] = []
        self.ended: dict[str, RunRecord] = {}
        self.model.answer(self.reply)

    def node(self, index: int) -> Node:
        """The one that only answers, or a worker, which has at once what is set going there."""
        nodes = [self.api, *self.workers]
        return nodes[index % len(nodes)]

    def do(self, call: Coroutine[Any, Any, T]) -> T:
        """The call, and then some time for everything that goes on in the background."""

        async def with_time() -> T:
            result = await call
            await asyncio.sleep(0.02)
            return result

        return self.runner.run(with_time())

    def reply(self, body: dict[str, Any]) -> Reply:
        """What the chat model says depends on what the user said."""
        said = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
        if said == "call a function" and body["messages"][-1]["role"] != "tool":
            return Reply((call("get_weather", "{}"),), "tool_calls")
        if said == "stop halfway":
            return Reply((ANSWER[:5], self.gate, ANSWER[5:]))
        return Reply((ANSWER,))

    @initialize()
    def begin(self) -> None:
        self.do(self._begin())
        self.start_worker()

    async def _begin(self) -> None:
        clock = MovedClock()
        ground = type(self).make_ground(clock)
        contents = HeldFolder(Path(self.folder.name))
        await contents.open()
        self.nodes = Nodes(ground, await ground.storage(), contents, self.model, clock)
        self.api = await self.nodes.start(BRISK, works=False)
        function = FunctionToolInput(function=FunctionDefinitionInput(name="get_weather"))
        body = AssistantCreate(model="scripted-model", tools=[function])
        self.assistant = await self.api.engine.assistants.create(PROJECT, body)

    @precondition(lambda self: len(self.workers) < MOST_WORKERS)
    @rule()
    def start_worker(self) -> None:
        self.workers.append(self.do(self.nodes.start(BRISK)))

    @precondition(lambda self: self.workers)
    @rule(index=Indexes)
    def crash(self, index: int) -> None:
        worker = self.workers.pop(index % len(self.workers))
        worker.storage.is_cut_off = True  # for good: whatever it does, nobody hears of it

    @precondition(lambda self: self.workers)
    @rule(index=Indexes)
    def cut_off(self, index: int) -> None:
        self.workers[index % len(self.workers)].storage.is_cut_off = True

    @precondition(lambda self: self.workers)
    @rule(index=Indexes)
    def come_back(self, index: int) -> None:
        self.workers[index % len(self.workers)].storage.is_cut_off = False

    @precondition(lambda self: self.workers)
    @rule(index=Indexes)
    def leave(self, index: int) -> None:
        worker = self.workers.pop(index % len(self.workers))
        self.do(worker.engine.stop())

    @precondition(lambda self: self.workers)
    @rule(index=Indexes, name=st.sampled_from(["insert", "claim", "write"]))
    def lose_an_answer(self, index: int, name: str) -> None:
        self.workers[index % len(self.workers)].storage.unanswered.append(name)

    @rule(kind=Kinds, node=Indexes)
    def create_run(self, kind: str, node: int) -> None:
        message = MessageCreate(role="user", content=kind)
        body = ThreadCreate(messages=[message])
        thread = self.do(self.api.engine.threads.create(PROJECT, body))
        self.threads.append(thread.id)
        self.create_run_on(thread.id, node)

    @precondition(lambda self: self.threads)
    @rule(index=Indexes, node=Indexes)
    def create_run_on_old_thread(self, index: int, node: int) -> None:
        self.create_run_on(self.threads[index % len(self.threads)], node)

    def create_run_on(self, thread: str, node: int) -> None:
        with suppress(ThreadBusyError, StorageError):
            self.runs.append(self.do(self.new_run(thread, self.node(node))))

    def new_run(self, thread: str, node: Node) -> Coroutine[Any, Any, RunRecord]:
        body = RunCreate(assistant_id=self.assistant.id)
        return node.engine.runs.create(PROJECT, thread, body)

    @precondition(lambda self: self.runs)
    @rule(index=Indexes)
    def cancel(self, index: int) -> None:
        run = self.runs[index % len(self.runs)].run
        with suppress(RunStatusError):  # it has ended, or is about to
            self.do(self.api.engine.runs.cancel(PROJECT, run.thread_id, run.id))

    @precondition(lambda self: self.runs)
    @rule(index=Indexes, node=Indexes)
    def submit(self, index: int, node: int) -> None:
        self.do(self._submit(self.runs[index % len(self.runs)], self.node(node)))

    async def _submit(self, record: RunRecord, node: Node) -> None:
        now = await self.find(record)
        action = now.run.required_action
        if action is None:
            return
        calls = action.submit_tool_outputs.tool_calls
        outputs = [ToolOutput(tool_call_id=call.id, output="4 degrees") for call in calls]
        body = ToolOutputsSubmit(tool_outputs=outputs)
        with suppress(RunStatusError, StorageError):  # its time may be over
            await node.engine.runs.submit_tool_outputs(PROJECT, now.run.thread_id, now.run.id, body)

    @rule()
    def let_all_runs_expire(self) -> None:
        self.nodes.clock.advance(601)

    @rule()
    def let_the_model_go_on(self) -> None:
        gate, self.gate = self.gate, Gate()
        gate.open()

    @rule(leases=st.sampled_from([0.5, 2]))
    def let_time_pass(self, leases: float) -> None:
        self.do(asyncio.sleep(leases * BRISK.lease_seconds))

    @invariant()
    def what_has_ended_stays_as_it_is(self) -> None:
        for record in self.runs:
            self.runner.run(self._check(record))

    async def _check(self, record: RunRecord) -> None:
        now = await self.find(record)
        if now.run.status in TERMINAL:
            assert self.ended.setdefault(now.run.id, now) == now
            await self._check_parts(now)

    async def _check_parts(self, record: RunRecord) -> None:
        """Nothing of it is still open; what was completed is the whole answer, once."""
        run, storage = record.run, self.nodes.storage
        steps = await storage.run_steps.of_runs(PROJECT, run.thread_id, [run.id])
        page = await storage.messages.page(PROJECT, run.thread_id, PageQuery(limit=100), run.id)
        messages = [decode(raw, Message) for raw in page.items]
        assert not [part for part in (*steps, *messages) if part.status == "in_progress"]
        assert len(messages) <= 1
        if run.status == "completed":
            assert [message.content[0].text.value for message in messages] == [ANSWER]

    async def find(self, record: RunRecord) -> RunRecord:
        run = record.run
        now = await self.nodes.storage.runs.find(PROJECT, run.thread_id, run.id)
        assert now is not None
        assert now.epoch >= record.epoch
        return now

    def teardown(self) -> None:
        self.gate.open()
        self.runner.run(self._end())
        self.runner.close()
        self.folder.cleanup()

    async def _end(self) -> None:
        """Once everybody is back, nothing is stuck."""
        try:
            for worker in self.workers:
                worker.storage.is_cut_off = False
            await self.nodes.start(BRISK)
            async with asyncio.timeout(SECONDS):
                for thread in set(self.threads):
                    for record in await self._runs_of(thread):
                        await self._reach_end(record)
                    await self._reach_end(await self.new_run(thread, self.api))
        finally:
            await self.nodes.stop()
            await self.nodes.ground.close()

    async def _runs_of(self, thread: str) -> list[RunRecord]:
        """Also those whose creation was not answered."""
        runs = self.nodes.storage.runs
        page = await runs.page(PROJECT, thread, PageQuery(limit=100))
        found = [await runs.find(PROJECT, thread, decode(raw, Run).id) for raw in page.items]
        return [record for record in found if record is not None]

    async def _reach_end(self, record: RunRecord) -> None:
        while (await self.find(record)).run.status not in TERMINAL:
            self.gate.open()
            await self._submit(record, self.api)
            await asyncio.sleep(0.02)
        await self._check(record)


@pytest.mark.timeout(600)  # to find the shortest way to a fault takes a while
@pytest.mark.parametrize("kind", GROUNDS)
def test_runs_live_through_whatever_becomes_of_nodes(
    kind: str, scripted_model: ScriptedModel, request: pytest.FixtureRequest
):
    machine = type(
        "LivesOn",
        (Lives,),
        {"make_ground": lambda clock: GROUNDS[kind](request, clock), "model": scripted_model},
    )
    examples = 30 if kind == IN_ONE_PROCESS else 6
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=15, deadline=None),
    )
