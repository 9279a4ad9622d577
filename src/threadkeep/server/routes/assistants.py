"""/assistants."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page
from threadkeep.types.assistant import AssistantCreate, AssistantDeleted, AssistantUpdate
from threadkeep.types.codec import encode


async def create(call: Call) -> bytes:
    """Keep a new assistant."""
    body = await call.body(AssistantCreate)
    return encode(await call.engine.assistants.create(call.project, body))


async def list_(call: Call) -> bytes:
    """A page of the project's assistants."""
    query = call.page_query()
    return await answer_page(call, query, call.storage.assistants.page(call.project, query))


async def retrieve(call: Call) -> bytes:
    """An assistant."""
    assistant_id = call.ids["assistant_id"]
    record = await call.storage.assistants.find(call.project, assistant_id)
    if record is None:
        raise MissingError("assistant", assistant_id)
    return record.body


async def update(call: Call) -> bytes:
    """Replace what is given."""
    body = await call.body(AssistantUpdate)
    assistant = await call.engine.assistants.update(call.project, call.ids["assistant_id"], body)
    return encode(assistant)


async def delete(call: Call) -> bytes:
    """Remove it. Runs that have begun go on with what they were given."""
    assistant_id = call.ids["assistant_id"]
    if not await call.storage.assistants.delete(call.project, assistant_id):
        raise MissingError("assistant", assistant_id)
    return encode(AssistantDeleted(id=assistant_id))


ROUTES: Final[dict[str, Handlers]] = {
    "/assistants": {"GET": list_, "POST": create},
    "/assistants/{assistant_id}": {"GET": retrieve, "POST": update, "DELETE": delete},
}
