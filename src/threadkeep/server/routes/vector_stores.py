"""/vector_stores."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page
from threadkeep.types.codec import encode
from threadkeep.types.vector_store import VectorStoreDeleted
from threadkeep.types.vector_store_request import (
    VectorStoreCreate,
    VectorStoreSearch,
    VectorStoreUpdate,
)


async def create(call: Call) -> bytes:
    """Keep a new vector store, which begins to read its first files; the body may be left out."""
    body = await call.body(VectorStoreCreate, may_be_empty=True)
    return encode(await call.engine.vector_stores.create(call.project, body))


async def list_(call: Call) -> bytes:
    """A page of the project's vector stores."""
    query = call.page_query()
    return await answer_page(call, query, call.storage.vector_stores.page(call.project, query))


async def retrieve(call: Call) -> bytes:
    """A vector store."""
    vector_store_id = call.ids["vector_store_id"]
    record = await call.storage.vector_stores.find(call.project, vector_store_id)
    if record is None:
        raise MissingError("vector store", vector_store_id)
    return record.body


async def update(call: Call) -> bytes:
    """Replace what is given."""
    body = await call.body(VectorStoreUpdate)
    vector_store = await call.engine.vector_stores.update(
        call.project, call.ids["vector_store_id"], body
    )
    return encode(vector_store)


async def delete(call: Call) -> bytes:
    """Remove it; the files themselves stay."""
    vector_store_id = call.ids["vector_store_id"]
    await call.engine.vector_stores.delete(call.project, vector_store_id)
    return encode(VectorStoreDeleted(id=vector_store_id))


async def search(call: Call) -> bytes:
    """What its files say about the queries."""
    body = await call.body(VectorStoreSearch)
    found = await call.engine.vector_stores.search(call.project, call.ids["vector_store_id"], body)
    return encode(found)


async def reindex(call: Call) -> bytes:
    """Embed some of its chunks with this server's embedding model; asked again and again, all of them."""
    done = await call.engine.reindexing.reindex(call.project, call.ids["vector_store_id"])
    return encode(done)


ROUTES: Final[dict[str, Handlers]] = {
    "/vector_stores": {"GET": list_, "POST": create},
    "/vector_stores/{vector_store_id}": {"GET": retrieve, "POST": update, "DELETE": delete},
    "/vector_stores/{vector_store_id}/search": {"POST": search},
    "/vector_stores/{vector_store_id}/reindex": {"POST": reindex},
}
