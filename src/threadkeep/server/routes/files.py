"""/files."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError
from threadkeep.server.answer import Answer
from threadkeep.server.call import Call
from threadkeep.server.download import download
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page
from threadkeep.server.upload import uploaded
from threadkeep.types.codec import encode
from threadkeep.types.file import FileDeleted
from threadkeep.types.file_request import FilePageQuery


async def create(call: Call) -> bytes:
    """Keep an uploaded file."""
    async with uploaded(call) as (received, body):
        return encode(await call.engine.files.create(received, body))


async def list_(call: Call) -> bytes:
    """A page of the project's files; with `purpose`, of those for one purpose."""
    query = call.page_query(FilePageQuery)
    page = call.storage.files.page(call.project, query, query.purpose)
    return await answer_page(call, query, page)


async def retrieve(call: Call) -> bytes:
    """What is known of a file."""
    file_id = call.ids["file_id"]
    record = await call.storage.files.find(call.project, file_id)
    if record is None:
        raise MissingError("file", file_id)
    return record.body


async def content(call: Call) -> Answer:
    """The bytes of a file."""
    file, parts = await call.engine.files.content(call.project, call.ids["file_id"])
    return await download(file, parts)


async def delete(call: Call) -> bytes:
    """Remove it, and take it out of whatever holds it."""
    file_id = call.ids["file_id"]
    await call.engine.files.delete(call.project, file_id)
    return encode(FileDeleted(id=file_id))


ROUTES: Final[dict[str, Handlers]] = {
    "/files": {"GET": list_, "POST": create},
    "/files/{file_id}": {"GET": retrieve, "DELETE": delete},
    "/files/{file_id}/content": {"GET": content},
}
