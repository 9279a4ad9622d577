"""Objects to keep in a storage, with ids that were never used before."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from threadkeep.storage import RunRecord, Storage
from threadkeep.types import ids
from threadkeep.types.assistant import Assistant
from threadkeep.types.message import Message, TextPart, TextValue
from threadkeep.types.run import Run
from threadkeep.types.run_step import MessageCreation, MessageCreationDetails, RunStep
from threadkeep.types.thread import Thread

PROJECT = "default"
DUE_AT = 1_700_000_600.0
_ids = ids.RandomIds()


def new_assistant(**fields: Any) -> Assistant:
    given: dict[str, Any] = {"id": _ids.make(ids.ASSISTANT), "model": "gpt-4o"}
    return Assistant(**given | fields)


def new_thread(**fields: Any) -> Thread:
    given: dict[str, Any] = {"id": _ids.make(ids.THREAD)}
    return Thread(**given | fields)


def new_message(thread: Thread, text: str = "Hello.", **fields: Any) -> Message:
    given: dict[str, Any] = {
        "id": _ids.make(ids.MESSAGE),
        "thread_id": thread.id,
        "content": [TextPart(text=TextValue(value=text))],
    }
    return Message(**given | fields)


def new_run(thread: Thread, **fields: Any) -> Run:
    given: dict[str, Any] = {
        "id": _ids.make(ids.RUN),
        "thread_id": thread.id,
        "assistant_id": "asst_1",
    }
    return Run(**given | fields)


def new_step(run: Run, **fields: Any) -> RunStep:
    given: dict[str, Any] = {
        "id": _ids.make(ids.STEP),
        "run_id": run.id,
        "thread_id": run.thread_id,
        "status": "completed",
        "step_details": MessageCreationDetails(
            message_creation=MessageCreation(message_id="msg_1")
        ),
    }
    return RunStep(**given | fields)


def new_record(run: Run, **fields: Any) -> RunRecord:
    """As a new run is kept: queued."""
    given: dict[str, Any] = {"project": PROJECT, "run": run, "due_at": DUE_AT}
    return RunRecord(**given | fields)


def started(run: Run) -> Run:
    """The run as it looks once a worker has it."""
    return replace(run, status="in_progress", started_at=1_700_000_001)


def with_status(record: RunRecord, status: str, **fields: Any) -> RunRecord:
    """The record, its run in another status."""
    return replace(record, run=replace(record.run, status=status), **fields)


async def keep_thread(storage: Storage, project: str = PROJECT) -> Thread:
    """A thread that is in storage."""
    thread = new_thread()
    await storage.threads.insert(project, thread)
    return thread


async def keep_run(
    storage: Storage, thread: Thread | None = None, project: str = PROJECT, due_at: float = DUE_AT
) -> RunRecord:
    """A queued run that is in storage, on `thread` or one of its own."""
    thread = thread or await keep_thread(storage, project)
    record = new_record(new_run(thread), project=project, due_at=due_at)
    return await storage.runs.insert(record)


async def keep_claimed_run(
    storage: Storage, worker: str = "worker-1", thread: Thread | None = None, project: str = PROJECT
) -> RunRecord:
    """A run in storage that `worker` has claimed."""
    record = await keep_run(storage, thread, project)
    (claimed,) = await storage.runs.claim(
        worker, started, limit=1, only=(record.run.thread_id, record.run.id)
    )
    return claimed


async def keep_ended_run(storage: Storage, thread: Thread, project: str = PROJECT) -> RunRecord:
    """A run in storage that is over."""
    claimed = await keep_claimed_run(storage, thread=thread, project=project)
    ended = await storage.runs.write(claimed, after=with_status(claimed, "completed"))
    assert ended is not None
    return ended
