"""/vector_stores/{vector_store_id}/file_batches."""

from __future__ import annotations

from typing import Final

from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page
from threadkeep.types.codec import encode
from threadkeep.types.vector_store_request import FileBatchCreate, VectorStoreFilePageQuery


async def create(call: Call) -> bytes:
    """Add files together; they are then read."""
    body = await call.body(FileBatchCreate)
    batch = await call.engine.file_batches.create(call.project, call.ids["vector_store_id"], body)
    return encode(batch)


async def retrieve(call: Call) -> bytes:
    """A batch as it is now."""
    batch = await call.engine.file_batches.find(
        call.project, call.ids["vector_store_id"], call.ids["batch_id"]
    )
    return encode(batch)


async def cancel(call: Call) -> bytes:
    """Give up the files that have not been read yet; there is no body to it, and one that comes is not read."""
    batch = await call.engine.file_batches.cancel(
        call.project, call.ids["vector_store_id"], call.ids["batch_id"]
    )
    return encode(batch)


async def list_files(call: Call) -> bytes:
    """A page of the batch's files; with `filter`, of those in one status."""
    query = call.page_query(VectorStoreFilePageQuery)
    page = call.storage.vector_store_files.page(
        call.project,
        call.ids["vector_store_id"],
        query,
        status=query.filter,
        batch_id=call.ids["batch_id"],
    )
    return await answer_page(call, query, page)


ROUTES: Final[dict[str, Handlers]] = {
    "/vector_stores/{vector_store_id}/file_batches": {"POST": create},
    "/vector_stores/{vector_store_id}/file_batches/{batch_id}": {"GET": retrieve},
    "/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel": {"POST": cancel},
    "/vector_stores/{vector_store_id}/file_batches/{batch_id}/files": {"GET": list_files},
}
