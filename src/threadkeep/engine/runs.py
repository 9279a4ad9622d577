"""Runs: creating them and all that callers may do to them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from threadkeep.bus import Bus
from threadkeep.engine import lifecycle, parts
from threadkeep.engine.closer import Closer
from threadkeep.engine.dispatcher import Dispatcher
from threadkeep.engine.event_log import Frame, RunEvent, events_subject
from threadkeep.engine.expirer import Expirer
from threadkeep.engine.messages import Messages
from threadkeep.engine.new_run import instructions_of, model_of, new_run
from threadkeep.engine.openings import submission_events
from threadkeep.engine.references import References
from threadkeep.engine.signals import control_subject
from threadkeep.engine.threads import Threads
from threadkeep.engine.tool_resources import ToolResourcesKeeper, attachments_of
from threadkeep.errors import EmptyThreadError, MissingError, RunStatusError, ToolOutputsError
from threadkeep.settings import EngineSettings
from threadkeep.storage import OnCrash, RunRecord, Storage
from threadkeep.types import ids
from threadkeep.types.assistant import Assistant
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.message import Message, MessageCreate
from threadkeep.types.run import Run
from threadkeep.types.run_request import (
    RunCreate,
    RunOverrides,
    RunUpdate,
    ThreadRunCreate,
    ToolOutputsSubmit,
)
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread, ThreadCreate
from threadkeep.types.tool_resources import ToolResources
from threadkeep.types.usage import Usage


class Runs:
    """The verbs of runs. A run that is found overdue is expired first, whoever comes by."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        *,
        references: References,
        resources: ToolResourcesKeeper,
        threads: Threads,
        messages: Messages,
        closer: Closer,
        expirer: Expirer,
        dispatcher: Dispatcher,
        clock: Clock,
        source: IdSource,
        settings: EngineSettings,
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._references = references
        self._resources = resources
        self._threads = threads
        self._messages = messages
        self._closer = closer
        self._expirer = expirer
        self._dispatcher = dispatcher
        self._clock = clock
        self._ids = source
        self._run_seconds = settings.run_seconds
        self._on_crash: OnCrash = settings.on_crash

    async def create(self, project: str, thread_id: str, body: RunCreate) -> RunRecord:
        """A new run on the thread, queued.

        Raises `MissingError`, `UnsupportedModelError`, `ThreadBusyError` or `EmptyThreadError`.
        """
        if await self._storage.threads.find(project, thread_id) is None:
            raise MissingError("thread", thread_id)
        run = self._new(await self._assistant(project, body), body, thread_id)
        bodies = body.additional_messages or []
        await self._references.check_messages(project, bodies)
        messages = [self._messages.new(thread_id, message) for message in bodies]
        has_cause = run.instructions or _any_of_user(messages)
        if not has_cause and not await self._storage.messages.has_user_message(project, thread_id):
            raise EmptyThreadError
        if attachments := attachments_of(bodies):
            await self._references.check_free(project, thread_id, "run")
            await self._resources.attach(project, thread_id, attachments)
        return await self._insert(project, run, body, messages)

    async def create_with_thread(
        self, project: str, body: ThreadRunCreate
    ) -> tuple[Thread, RunRecord]:
        """A new thread and a new run on it, queued, both or none.

        Raises `MissingError`, `UnsupportedModelError` or `EmptyThreadError`.
        """
        thread_body = body.thread or ThreadCreate()
        assistant = await self._assistant(project, body)
        await self._references.check_tool_resources(project, body.tool_resources)
        await self._threads.check(project, thread_body)
        if not _any_of_user(thread_body.messages or []) and not instructions_of(assistant, body):
            raise EmptyThreadError
        thread, messages = await self._threads.new(project, thread_body)
        resources = await self._resources.made(project, body.tool_resources)
        run = self._new(assistant, body, thread.id, resources)
        return thread, await self._insert(project, run, body, messages, thread)

    async def record(self, project: str, thread_id: str, run_id: str) -> RunRecord:
        """The run as it is now, with what the engine keeps beside it. Raises `MissingError`."""
        while True:
            record = await self._storage.runs.find(project, thread_id, run_id)
            if record is None:
                raise MissingError("run", run_id)
            if not self._expirer.is_overdue(record):
                return record
            await self._closer.expire(record)

    async def find(self, project: str, thread_id: str, run_id: str) -> Run:
        """The run as it is now. Raises `MissingError`."""
        return (await self.record(project, thread_id, run_id)).run

    async def update(self, project: str, thread_id: str, run_id: str, body: RunUpdate) -> Run:
        """The run with other metadata; null clears it. Raises `MissingError`; `RunStatusError` if it is under way."""
        while True:
            record = await self.record(project, thread_id, run_id)
            if record.run.status in lifecycle.UNDER_WAY:
                raise RunStatusError("update", record.run.status)
            if body.metadata is msgspec.UNSET:
                return record.run
            run = msgspec.structs.replace(record.run, metadata=body.metadata or {})
            after = msgspec.structs.replace(record, run=run)
            if await self._storage.runs.write(record, after=after) is not None:
                return run

    async def cancel(self, project: str, thread_id: str, run_id: str) -> Run:
        """Ask for the end of the run; the answer is `cancelling`, and `cancelled` follows at once or very soon.

        Raises `MissingError`, or `RunStatusError` if the run is ending or has ended.
        """
        while True:
            record = await self.record(project, thread_id, run_id)
            if record.run.status == "cancelling" or record.run.status in lifecycle.TERMINAL:
                raise RunStatusError("cancel", record.run.status)
            if lifecycle.allows(lifecycle.ASK_TO_CANCEL, record.run):
                after = msgspec.structs.replace(record, run=lifecycle.ask_to_cancel(record.run))
                if await self._storage.runs.write(record, after=after) is not None:
                    self._bus.publish(control_subject(record.worker or ""), run_id.encode())
                    return after.run
            elif await self._closer.cancel(record) is not None:
                return lifecycle.as_cancelling(record.run)

    async def submit_tool_outputs(
        self, project: str, thread_id: str, run_id: str, body: ToolOutputsSubmit
    ) -> tuple[RunRecord, RunStep]:
        """The run, queued again, and the step that the outputs complete.

        Raises `MissingError`, `RunStatusError` if the run waits for none, `ToolOutputsError` if these are not the ones.
        """
        while True:
            record = await self.record(project, thread_id, run_id)
            outputs = _checked_outputs(record.run, body)
            step = await self._waiting_step(record)
            now = int(self._clock.now())
            usage = record.parked_usage or Usage()
            done = parts.completed_step(parts.with_outputs(step, outputs), now, usage)
            queued = msgspec.structs.replace(
                record,
                run=lifecycle.resume(record.run),
                worker=None,
                epoch=record.epoch + 1,  # it has events of its own, and their numbers begin anew
                attempts=0,
                parked_usage=None,
            )
            keep = partial(self._keep_submission, record, done, submission_events(queued, done))
            if await self._dispatcher.dispatch(queued, keep):
                return queued, done

    async def delete(self, project: str, thread_id: str, run_id: str) -> None:
        """Remove the run and its steps; its messages stay. Raises `MissingError`; `RunStatusError` if it is active."""
        while True:
            record = await self.record(project, thread_id, run_id)
            if record.run.status in lifecycle.ACTIVE:
                raise RunStatusError("delete", record.run.status)
            if await self._storage.runs.delete(record):
                return

    async def _assistant(self, project: str, body: RunOverrides) -> Assistant:
        found = await self._storage.assistants.find(project, body.assistant_id)
        if found is None:
            raise MissingError("assistant", body.assistant_id)
        assistant = found.value
        self._references.check_model(model_of(assistant, body))
        return assistant

    def _new(
        self,
        assistant: Assistant,
        body: RunOverrides,
        thread_id: str,
        resources: ToolResources | None = None,
    ) -> Run:
        return new_run(
            assistant,
            body,
            resources or ToolResources(),
            id=self._ids.make(ids.RUN),
            thread_id=thread_id,
            now=int(self._clock.now()),
            seconds=int(self._run_seconds),
        )

    async def _insert(
        self,
        project: str,
        run: Run,
        body: RunOverrides,
        messages: Sequence[Message],
        thread: Thread | None = None,
    ) -> RunRecord:
        queued = RunRecord(
            project=project,
            run=run,
            due_at=self._clock.now() + self._run_seconds,
            on_crash=body.on_crash or self._on_crash,
        )
        insert = partial(self._storage.runs.insert, messages=messages, thread=thread)
        await self._dispatcher.dispatch(queued, insert, said=messages if thread else None)
        return queued

    async def _keep_submission(
        self, before: RunRecord, step: RunStep, told: Sequence[RunEvent], after: RunRecord
    ) -> RunRecord | None:
        written = await self._storage.runs.write(before, steps=[step], after=after)
        if written is not None:
            self._bus.publish(events_subject(after.run.id), Frame(told))
        return written

    async def _waiting_step(self, record: RunRecord) -> RunStep:
        run = record.run
        steps = await self._storage.run_steps.of_runs(record.project, run.thread_id, [run.id])
        return next(step for step in reversed(steps) if step.status == "in_progress")


def _any_of_user(messages: Sequence[Message] | Sequence[MessageCreate]) -> bool:
    return any(message.role == "user" for message in messages)


def _checked_outputs(run: Run, body: ToolOutputsSubmit) -> dict[str, str]:
    """The outputs by call id, if they are those of exactly the calls that wait (contract §6.3)."""
    if run.status != "requires_action" or run.required_action is None:
        raise RunStatusError("submit", run.status)
    expected = [call.id for call in run.required_action.submit_tool_outputs.tool_calls]
    got = [output.tool_call_id or "" for output in body.tool_outputs]
    if sorted(expected) != sorted(got):
        raise ToolOutputsError(expected, got)
    return {output.tool_call_id or "": output.output or "" for output in body.tool_outputs}
