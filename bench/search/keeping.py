"""A corpus in a storage of the product's, and the ways to ask for what is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final

from bench.search.corpus import SPACE, Corpus, Query
from bench.search.ways import FOUND, Way
from threadkeep.storage import BOTH_ORDERS, Ranking, Storage
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.embedding import Embedding
from threadkeep.types.file import File
from threadkeep.types.vector_store import VectorStore, VectorStoreFile

PROJECT: Final = "default"
STORE: Final = "vs_bench"
_BY_MEANING: Final = Ranking(text_weight=0.0)


def is_server(place: str) -> bool:
    """Whether it is the address of a database in PostgreSQL; else it is the path of a file."""
    return place.startswith("postgresql:")


@asynccontextmanager
async def opened(place: str) -> AsyncIterator[Storage]:
    """The storage there."""
    storage = PostgresStorage(place) if is_server(place) else SQLiteStorage(place)
    await storage.open()
    try:
        yield storage
    finally:
        await storage.close()


async def keep(
    storage: Storage, corpus: Corpus, timed: Callable[[], AbstractContextManager[None]]
) -> None:
    """Put all of it into one vector store; `timed` is held open while the storage works."""
    await storage.vector_stores.insert(PROJECT, VectorStore(id=STORE))
    for begin in corpus.files():
        chunks = corpus.chunks(begin)
        file = File(id=f"file-{begin}", filename="notes.txt")
        with timed():
            await storage.files.insert(PROJECT, file)
            await storage.vector_store_files.insert(
                PROJECT, VectorStoreFile(id=file.id, vector_store_id=STORE)
            )
            (record,) = await storage.vector_store_files.claim("bench", 1)
            assert await storage.vector_store_files.complete(record, chunks, 1)


def ways(storage: Storage) -> dict[str, Way]:
    """How the product is asked."""

    async def search(text: str, query: Query | None, ranking: Ranking = BOTH_ORDERS) -> list[int]:
        embedding = None if query is None else Embedding(SPACE, [query.vector.tobytes()])
        hits = await storage.chunks.search(
            PROJECT, [STORE], [text], limit=FOUND, embedding=embedding, ranking=ranking
        )
        return [int(hit.file_id.removeprefix("file-")) + hit.position for hit in hits]

    return {
        "by words": lambda query: search(query.text, None),
        "by meaning": lambda query: search("", query, _BY_MEANING),
        "by both": lambda query: search(query.text, query),
        "by both, very common words": lambda query: search(query.common, query),
    }
