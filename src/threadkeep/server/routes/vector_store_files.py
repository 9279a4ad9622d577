"""/vector_stores/{vector_store_id}/files."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page
from threadkeep.types.codec import encode
from threadkeep.types.vector_store import VectorStoreFileDeleted
from threadkeep.types.vector_store_request import (
    VectorStoreFileCreate,
    VectorStoreFilePageQuery,
    VectorStoreFileUpdate,
)


async def create(call: Call) -> bytes:
    """Add a file, which is then read."""
    body = await call.body(VectorStoreFileCreate)
    file = await call.engine.vector_store_files.create(
        call.project, call.ids["vector_store_id"], body
    )
    return encode(file)


async def list_(call: Call) -> bytes:
    """A page of the vector store's files; with `filter`, of those in one status."""
    query = call.page_query(VectorStoreFilePageQuery)
    page = call.storage.vector_store_files.page(
        call.project, call.ids["vector_store_id"], query, status=query.filter
    )
    return await answer_page(call, query, page)


async def retrieve(call: Call) -> bytes:
    """A file as it is in the vector store."""
    vector_store_id, file_id = call.ids["vector_store_id"], call.ids["file_id"]
    record = await call.storage.vector_store_files.find(call.project, vector_store_id, file_id)
    if record is None:
        raise MissingError("file", file_id, within=vector_store_id)
    return record.body


async def update(call: Call) -> bytes:
    """Replace its attributes."""
    body = await call.body(VectorStoreFileUpdate)
    file = await call.engine.vector_store_files.update(
        call.project, call.ids["vector_store_id"], call.ids["file_id"], body
    )
    return encode(file)


async def content(call: Call) -> bytes:
    """The text that was read in it."""
    page = await call.engine.vector_store_files.content(
        call.project, call.ids["vector_store_id"], call.ids["file_id"]
    )
    return encode(page)


async def delete(call: Call) -> bytes:
    """Take it out of the vector store; the file itself stays."""
    file_id = call.ids["file_id"]
    await call.engine.vector_store_files.delete(call.project, call.ids["vector_store_id"], file_id)
    return encode(VectorStoreFileDeleted(id=file_id))


ROUTES: Final[dict[str, Handlers]] = {
    "/vector_stores/{vector_store_id}/files": {"GET": list_, "POST": create},
    "/vector_stores/{vector_store_id}/files/{file_id}": {
        "GET": retrieve,
        "POST": update,
        "DELETE": delete,
    },
    "/vector_stores/{vector_store_id}/files/{file_id}/content": {"GET": content},
}
