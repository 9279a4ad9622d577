"""/threads."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page
from threadkeep.types.codec import encode
from threadkeep.types.thread import ThreadCreate, ThreadDeleted, ThreadUpdate


async def create(call: Call) -> bytes:
    """Keep a new thread with its first messages; the body may be left out."""
    body = await call.body(ThreadCreate, may_be_empty=True)
    return encode(await call.engine.threads.create(call.project, body))


async def list_(call: Call) -> bytes:
    """A page of the project's threads, which the hosted service does not give, and Azure does."""
    query = call.page_query()
    return await answer_page(call, query, call.storage.threads.page(call.project, query))


async def retrieve(call: Call) -> bytes:
    """A thread."""
    thread_id = call.ids["thread_id"]
    record = await call.storage.threads.find(call.project, thread_id)
    if record is None:
        raise MissingError("thread", thread_id)
    return record.body


async def update(call: Call) -> bytes:
    """Replace what is given."""
    body = await call.body(ThreadUpdate)
    return encode(await call.engine.threads.update(call.project, call.ids["thread_id"], body))


async def delete(call: Call) -> bytes:
    """Remove it with everything on it; an active run is stopped."""
    thread_id = call.ids["thread_id"]
    await call.engine.threads.delete(call.project, thread_id)
    return encode(ThreadDeleted(id=thread_id))


ROUTES: Final[dict[str, Handlers]] = {
    "/threads": {"GET": list_, "POST": create},
    "/threads/{thread_id}": {"GET": retrieve, "POST": update, "DELETE": delete},
}
