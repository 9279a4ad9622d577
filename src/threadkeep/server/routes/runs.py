"""/threads/runs and /threads/{thread_id}/runs."""

from __future__ import annotations

from typing import Final

from threadkeep.engine.explanation import explanation
from threadkeep.engine.lifecycle import SETTLED
from threadkeep.engine.openings import creation_events, submission_events
from threadkeep.errors import InvalidRequestError, MissingError
from threadkeep.server.answer import Answer
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page
from threadkeep.server.parents import check_parents
from threadkeep.server.query import parse_run_query
from threadkeep.server.run_stream import RunStream
from threadkeep.types.codec import encode
from threadkeep.types.run import RunDeleted
from threadkeep.types.run_request import (
    RunCreate,
    RunUpdate,
    ThreadRunCreate,
    ToolOutputsSubmit,
)


async def create(call: Call) -> bytes | Answer:
    """Queue a run on the thread; with `stream`, tell its events until it ends or waits for the caller."""
    call.check_include()
    body = await call.body(RunCreate)
    record = await call.engine.runs.create(call.project, call.ids["thread_id"], body)
    if not body.stream:
        return encode(record.run)
    return RunStream(call, creation_events(record), record)


async def create_with_thread(call: Call) -> bytes | Answer:
    """Make a thread and queue a run on it, both or neither."""
    call.check_include()
    body = await call.body(ThreadRunCreate)
    thread, record = await call.engine.runs.create_with_thread(call.project, body)
    if not body.stream:
        return encode(record.run)
    return RunStream(call, creation_events(record, thread), record)


async def list_(call: Call) -> bytes:
    """A page of the thread's runs."""
    query = call.page_query()
    page = call.storage.runs.page(call.project, call.ids["thread_id"], query)
    return await answer_page(call, query, page)


async def retrieve(call: Call) -> bytes:
    """A run; with `wait`, once it has ended or waits for the caller, or after so many seconds."""
    wait = parse_run_query(call.query).wait
    address = (call.project, call.ids["thread_id"], call.ids["run_id"])
    record = await call.engine.runs.record(*address)
    if wait and record.run.status not in SETTLED:
        await call.engine.follower.wait(record, wait)
        record = await call.engine.runs.record(*address)
    return encode(record.run)


async def update(call: Call) -> bytes:
    """Replace its metadata."""
    body = await call.body(RunUpdate)
    run = await call.engine.runs.update(
        call.project, call.ids["thread_id"], call.ids["run_id"], body
    )
    return encode(run)


async def cancel(call: Call) -> bytes:
    """Ask an active run to end; there is no body to it, and one that comes is not read."""
    run = await call.engine.runs.cancel(call.project, call.ids["thread_id"], call.ids["run_id"])
    return encode(run)


async def submit_tool_outputs(call: Call) -> bytes | Answer:
    """Give a run the outputs of all the calls that it waits for, and queue it again."""
    call.check_include()
    try:
        body = await call.body(ToolOutputsSubmit)
    except InvalidRequestError:
        await check_parents(
            call
        )  # that there is no such run is told before what is wrong with the body
        raise
    record, step = await call.engine.runs.submit_tool_outputs(
        call.project, call.ids["thread_id"], call.ids["run_id"], body
    )
    if not body.stream:
        return encode(record.run)
    return RunStream(call, submission_events(record, step), record)


async def delete(call: Call) -> bytes:
    """Remove a terminal run and its steps; its messages stay."""
    run_id = call.ids["run_id"]
    await call.engine.runs.delete(call.project, call.ids["thread_id"], run_id)
    return encode(RunDeleted(id=run_id))


async def explain(call: Call) -> bytes:
    """Why a run stands where it stands; its id alone is enough."""
    overview, run_id = call.storage.overview, call.ids["run_id"]
    standing = await overview.standing(call.project, run_id)
    if standing is None:
        raise MissingError("run", run_id)
    return encode(explanation(standing, await overview.leases()))


ROUTES: Final[dict[str, Handlers]] = {
    "/threads/runs": {"POST": create_with_thread},
    "/threads/{thread_id}/runs": {"GET": list_, "POST": create},
    "/threads/{thread_id}/runs/{run_id}": {"GET": retrieve, "POST": update, "DELETE": delete},
    "/runs/{run_id}/explanation": {"GET": explain},
    "/threads/{thread_id}/runs/{run_id}/cancel": {"POST": cancel},
    "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs": {"POST": submit_tool_outputs},
}
