"""Reading what is kept of a run, to tell its events again."""

from __future__ import annotations

from threadkeep.engine.retelling import Past
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.codec import decode
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery


async def load_past(storage: Storage, record: RunRecord) -> Past:
    """What is kept of the run besides its record: it fits to `record` if that is still the same afterwards."""
    project, run = record.project, record.run
    spans = await storage.run_steps.spans(project, run.thread_id, run.id)
    steps = await storage.run_steps.of_runs(project, run.thread_id, [run.id])
    messages: dict[str, Message] = {}
    if steps:
        query = PageQuery(limit=len(steps), order="asc")
        page = await storage.messages.page(project, run.thread_id, query, run.id)
        messages = {message.id: message for message in (decode(m, Message) for m in page.items)}
    return Past(record, steps, spans, messages)
