"""A server in this process, with one vector store that holds all documents."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from bench.retrieval.documents import Document
from threadkeep import AsyncClient
from threadkeep.assembly import Application
from threadkeep.embedded import BASE_URL, AsyncEmbeddedTransport, effective_settings, server_of
from threadkeep.settings.schema import Value

_NAME: Final = "retrieval"


class Server(NamedTuple):
    """The server, and who calls it."""

    application: Application
    client: AsyncClient


@asynccontextmanager
async def serving(
    folder: Path, upstream: str | None = None, model: str | None = None, **settings: Value
) -> AsyncGenerator[Server]:
    """A server on the file in `folder`; the model that answers runs is named as for `threadkeep.embedded`."""
    path = folder / "retrieval.db"
    quiet: dict[str, Value] = {"detect_models": False, **settings}
    application = server_of(effective_settings(path, upstream, model, None, quiet))
    transport = AsyncEmbeddedTransport(application)
    async with AsyncClient(base_url=BASE_URL, api_key="any", transport=transport) as client:
        yield Server(application, client)


async def vector_store_of(client: AsyncClient, documents: Sequence[Document]) -> str:
    """The id of the vector store; it is made, and filled over the API, if there is none."""
    async for vector_store in client.vector_stores.list():
        if vector_store.name == _NAME and vector_store.file_counts.completed == len(documents):
            return vector_store.id
    made = await client.vector_stores.create(name=_NAME)
    batch = await client.vector_stores.file_batches.upload_and_poll(made.id, files=documents)
    assert batch.file_counts.completed == len(documents), batch.file_counts
    return made.id
