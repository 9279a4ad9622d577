"""/threads/{thread_id}/messages."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page
from threadkeep.types.codec import encode
from threadkeep.types.message import MessageCreate, MessageDeleted, MessagePageQuery, MessageUpdate


async def create(call: Call) -> bytes:
    """Add a message to the thread."""
    body = await call.body(MessageCreate)
    return encode(await call.engine.messages.create(call.project, call.ids["thread_id"], body))


async def list_(call: Call) -> bytes:
    """A page of the thread's messages; with `run_id`, of those that one run made."""
    query = call.page_query(MessagePageQuery)
    page = call.storage.messages.page(call.project, call.ids["thread_id"], query, query.run_id)
    return await answer_page(call, query, page)


async def retrieve(call: Call) -> bytes:
    """A message."""
    thread_id, message_id = call.ids["thread_id"], call.ids["message_id"]
    record = await call.storage.messages.find(call.project, thread_id, message_id)
    if record is None:
        raise MissingError("message", message_id)
    return record.body


async def update(call: Call) -> bytes:
    """Replace its metadata."""
    body = await call.body(MessageUpdate)
    message = await call.engine.messages.update(
        call.project, call.ids["thread_id"], call.ids["message_id"], body
    )
    return encode(message)


async def delete(call: Call) -> bytes:
    """Remove it; runs and run steps that name it stay as they are."""
    thread_id, message_id = call.ids["thread_id"], call.ids["message_id"]
    if not await call.storage.messages.delete(call.project, thread_id, message_id):
        raise MissingError("message", message_id)
    return encode(MessageDeleted(id=message_id))


ROUTES: Final[dict[str, Handlers]] = {
    "/threads/{thread_id}/messages": {"GET": list_, "POST": create},
    "/threads/{thread_id}/messages/{message_id}": {
        "GET": retrieve,
        "POST": update,
        "DELETE": delete,
    },
}
