"""A run played through on a real storage: workers die, hand over and come back as a script says.

The executions are real; only the model says what the script has, and stops where a worker is to be stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec.structs import replace

from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT, keep_thread, new_record, new_run
from threadkeep.bus.in_process import InProcessBus
from threadkeep.engine import lifecycle, parts
from threadkeep.engine.closer import Closer
from threadkeep.engine.event_log import EventLog, RunEvent, events_of, events_subject
from threadkeep.engine.executor import Execution, Means
from threadkeep.engine.images import Images
from threadkeep.engine.past import load_past
from threadkeep.engine.retelling import Past
from threadkeep.errors import ChatModelError
from threadkeep.inference import ChatChunk, ChatRequest
from threadkeep.storage import RunRecord
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.telemetry import Telemetry
from threadkeep.tools.file_search import FileSearch
from threadkeep.types.ids import RandomIds
from threadkeep.types.message import Message
from threadkeep.types.model import Model
from threadkeep.types.run import LastError
from threadkeep.types.run_step import RunStep
from threadkeep.types.tool import FileSearchTool, FunctionDefinition, FunctionTool
from threadkeep.types.usage import Usage

Fate: TypeAlias = Literal["end", "crash", "hand over", "cancel", "fail"]
"""What becomes of a reply when all its chunks are there."""
Outside: TypeAlias = Literal["go on", "cancel", "expire", "fail"]
"""What is done to a run that no worker has: its outputs are submitted or it is rescued, or it is closed."""


@dataclass(frozen=True)
class Script:
    """The replies of the model, batch by batch, each with its fate; and what is done when the run waits."""

    replies: Sequence[tuple[Sequence[Sequence[ChatChunk]], Fate]]
    outside: Sequence[Outside]


@dataclass
class Stage:
    """How things stand once a worker has let go of the run: what is kept, and what was told by then."""

    record: RunRecord
    past: Past
    told: list[RunEvent]
    steps: list[RunStep]
    messages: list[Message]


@dataclass
class Played:
    """All stages of a run, the last being its end."""

    stages: list[Stage] = field(default_factory=list)


class _Model:
    def __init__(self, replies: Sequence[tuple[Sequence[Sequence[ChatChunk]], Fate]]) -> None:
        self._replies = list(replies)
        self.fate: Fate = "end"
        self.is_at_fate = asyncio.Event()

    async def stream(self, _: ChatRequest) -> AsyncGenerator[list[ChatChunk], None]:
        chunks, fate = (
            self._replies.pop(0) if self._replies else ([[ChatChunk(text="End.")]], "end")
        )
        for batch in chunks:
            yield list(batch)
            await asyncio.sleep(0)
        if fate == "fail":
            raise ChatModelError("It failed.")
        if fate != "end":
            self.fate = fate
            self.is_at_fate.set()
            await asyncio.Event().wait()

    def takes(self, _: str) -> bool:
        return True

    async def models(self) -> list[Model]:
        return []

    async def context_tokens(self, _: str) -> int | None:
        return None


async def play(script: Script, folder: Path) -> Played:
    """The run of `script`, to its end."""
    clock = ManualClock()
    storage, bus = SQLiteStorage(":memory:", clock), InProcessBus()
    await storage.open()
    await bus.start()
    try:
        return await _Player(script, storage, bus, clock, folder).play()
    finally:
        await bus.stop()
        await storage.close()


class _Player:
    def __init__(
        self,
        script: Script,
        storage: SQLiteStorage,
        bus: InProcessBus,
        clock: ManualClock,
        folder: Path,
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._clock = clock
        self._closer = Closer(storage, bus, clock)
        self._outside = list(script.outside)
        self._model = _Model(script.replies)
        telemetry = Telemetry()
        self._log = EventLog(bus, "worker-1", telemetry.metrics)
        self._means = Means(
            storage,
            bus,
            Images(LocalFolder(folder)),
            self._model,
            [FileSearch(storage)],
            self._log,
            RandomIds(),
            clock,
            telemetry,
        )
        self._told: list[RunEvent] = []

    async def play(self) -> Played:
        thread = await keep_thread(self._storage)
        functions = [
            FunctionTool(function=FunctionDefinition(name=n)) for n in ("get_weather", "add")
        ]
        run = new_run(thread, tools=[*functions, FileSearchTool()], expires_at=1_700_000_600)
        due_at = self._clock.now() + 600
        record = await self._storage.runs.insert(new_record(run, due_at=due_at))
        await self._bus.subscribe(
            events_subject(run.id), lambda frame: self._told.extend(events_of(frame))
        )
        played = Played()
        while record.run.status not in lifecycle.TERMINAL:
            record = await self._claimed(record)
            played.stages.append(await self._stage(record))
            if record.run.status not in lifecycle.TERMINAL:
                record = await self._from_outside(record)
                played.stages.append(await self._stage(record))
        await self._log.stop()
        return played

    async def _claimed(self, record: RunRecord) -> RunRecord:
        """The run after a worker has had it, in whatever state that left it."""
        only = (record.run.thread_id, record.run.id)
        [record] = await self._storage.runs.claim(
            "worker-1", lambda run: lifecycle.start(run, 1_700_000_001), limit=1, only=only
        )
        execution = Execution(record, self._means)
        self._model.is_at_fate.clear()
        task = execution.start()
        fate = asyncio.create_task(self._model.is_at_fate.wait())
        await asyncio.wait([task, fate], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await self._meet(execution, record, task)
        fate.cancel()
        await task
        return await self._now(record)

    async def _meet(
        self, execution: Execution, record: RunRecord, task: asyncio.Task[None]
    ) -> None:
        match self._model.fate:
            case "hand over":
                execution.stop("handed over")
            case "cancel":
                now = await self._now(record)
                after = replace(now, run=lifecycle.ask_to_cancel(now.run))
                assert await self._storage.runs.write(now, after=after) is not None
                execution.stop("cancelled")
            case _:
                execution.stop("cut off")

    async def _from_outside(self, record: RunRecord) -> RunRecord:
        deed = self._outside.pop(0) if self._outside else "go on"
        match deed:
            case "cancel":
                assert await self._closer.cancel(record) is not None
            case "expire":
                assert await self._closer.expire(record) is not None
            case "fail" if record.run.status == "in_progress":
                error = LastError(code="server_error", message="Given up.")
                assert await self._closer.fail(record, error) is not None
            case _ if record.run.status == "requires_action":
                await self._submit(record)
            case _ if record.run.status == "in_progress":
                after = replace(record, run=lifecycle.requeue(record.run), worker=None)
                assert await self._storage.runs.write(record, after=after) is not None
            case _:
                pass
        return await self._now(record)

    async def _submit(self, record: RunRecord) -> None:
        steps = await self._steps(record)
        step = next(step for step in steps if step.status == "in_progress")
        assert record.run.required_action is not None
        calls = record.run.required_action.submit_tool_outputs.tool_calls
        outputs = {call.id: "Rain." for call in calls}
        done = parts.completed_step(parts.with_outputs(step, outputs), 1_700_000_002, Usage())
        after = replace(
            record,
            run=lifecycle.resume(record.run),
            worker=None,
            epoch=record.epoch + 1,
            attempts=0,
            parked_usage=None,
        )
        assert await self._storage.runs.write(record, steps=[done], after=after) is not None

    async def _stage(self, record: RunRecord) -> Stage:
        await asyncio.sleep(0)  # what was published last is delivered
        past = await load_past(self._storage, record)
        steps = await self._steps(record)
        messages: list[Message] = []
        for step in steps:
            if step.type == "message_creation":
                message_id = step.step_details.message_creation.message_id  # pyright: ignore
                found = await self._storage.messages.find(PROJECT, record.run.thread_id, message_id)
                assert found is not None
                messages.append(found.value)
        return Stage(record, past, [*self._told], steps, messages)

    async def _steps(self, record: RunRecord) -> list[RunStep]:
        run = record.run
        return await self._storage.run_steps.of_runs(PROJECT, run.thread_id, [run.id])

    async def _now(self, record: RunRecord) -> RunRecord:
        found = await self._storage.runs.find(PROJECT, record.run.thread_id, record.run.id)
        assert found is not None
        return found
