"""Search on SQLite, by words, by meaning and by both, against numpy alone on the same vectors; some minutes.

Chunks and vectors are made up: words as frequent as in English texts, and vectors around as many topics as there are.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.measuring import own_cpu
from threadkeep.storage import Chunk, Ranking
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.embedding import Embedding, EmbeddingSpace
from threadkeep.types.file import File
from threadkeep.types.vector_store import VectorStore, VectorStoreFile

PROJECT = "default"
SIZES = (1_000, 10_000, 100_000)
DIMENSIONS = 384
SPACE = EmbeddingSpace("made up", DIMENSIONS)
WORDS_IN_CHUNK = 120
WORDS_IN_QUERY = 5
VOCABULARY = 50_000
CHUNKS_OF_FILE = 500
QUERIES = 200
FOUND = 10

Numbers = npt.NDArray[np.float32]


class Corpus:
    """Chunks and queries that are always the same."""

    def __init__(self, size: int) -> None:
        self._random = np.random.default_rng(7)
        topics = _unit(self._random.standard_normal((max(size // 50, 1), DIMENSIONS)))
        chosen = self._random.integers(0, len(topics), size)
        noise = 0.05 * self._random.standard_normal((size, DIMENSIONS))
        self.vectors = _unit(topics[chosen] + noise)
        self.size = size

    def chunks(self) -> Iterator[Chunk]:
        """All of them."""
        for vector in self.vectors:
            words = self._random.zipf(1.3, WORDS_IN_CHUNK) % VOCABULARY
            text = " ".join(f"w{word}" for word in words)
            yield Chunk(text=text, embedding=Embedding(SPACE, [vector.tobytes()]))

    def queries(self) -> list[tuple[str, Numbers]]:
        """Words of middling frequency, and a vector near one of the chunks."""
        near = self._random.integers(0, self.size, QUERIES)
        noise = 0.03 * self._random.standard_normal((QUERIES, DIMENSIONS))
        vectors = _unit(self.vectors[near] + noise)
        words = self._random.integers(20, 2_000, (QUERIES, WORDS_IN_QUERY))
        texts = [" ".join(f"w{word}" for word in listed) for listed in words]
        return list(zip(texts, vectors, strict=True))


def _unit(vectors: npt.NDArray[Any]) -> Numbers:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")


async def keep(storage: SQLiteStorage, corpus: Corpus) -> tuple[str, float]:
    """A vector store with all chunks, and how many seconds that took."""
    store = await storage.vector_stores.insert(PROJECT, VectorStore(id=f"vs_{corpus.size}"))
    chunks = [*corpus.chunks()]
    began = time.perf_counter()
    for begin in range(0, len(chunks), CHUNKS_OF_FILE):
        file = File(id=f"file_{corpus.size}_{begin}", filename="notes.txt")
        await storage.files.insert(PROJECT, file)
        await storage.vector_store_files.insert(
            PROJECT, VectorStoreFile(id=file.id, vector_store_id=store.id)
        )
        (record,) = await storage.vector_store_files.claim("bench", 1)
        some = chunks[begin : begin + CHUNKS_OF_FILE]
        assert await storage.vector_store_files.complete(record, some, 1)
    return store.id, time.perf_counter() - began


async def measured(
    ask: Callable[[str, Numbers], Awaitable[object]], queries: list[tuple[str, Numbers]]
) -> tuple[float, float, float, float]:
    """Of one caller: queries per second, the median and the 99th percentile, and the CPU time, in milliseconds."""
    seconds: list[float] = []
    cpu = own_cpu()
    for text, vector in queries:
        began = time.perf_counter()
        await ask(text, vector)
        seconds.append(time.perf_counter() - began)
    median, late = np.percentile(seconds, [50, 99]) * 1000
    cpu = (own_cpu() - cpu) / len(seconds) * 1000
    return len(seconds) / sum(seconds), float(median), float(late), cpu


async def bench_size(folder: Path, size: int) -> None:
    """One table: the ways to search so many chunks."""
    corpus = Corpus(size)
    storage = SQLiteStorage(folder / f"{size}.db")
    await storage.open()
    store, seconds = await keep(storage, corpus)
    queries = corpus.queries()

    async def numpy_alone(_: str, vector: Numbers) -> object:
        scores = np.vecdot(corpus.vectors, vector)
        near = np.argpartition(scores, -FOUND)[-FOUND:]
        return near[np.argsort(-scores[near])]

    def search(**options: Any) -> Callable[[str, Numbers], Awaitable[object]]:
        async def ask(text: str, vector: Numbers) -> object:
            given: dict[str, Any] = {"embedding": Embedding(SPACE, [vector.tobytes()]), **options}
            return await storage.chunks.search(PROJECT, [store], [text], limit=FOUND, **given)

        return ask

    async def by_meaning(_: str, vector: Numbers) -> object:
        return await search(ranking=Ranking(text_weight=0.0))("", vector)

    ways = {
        "numpy alone, 10 nearest": numpy_alone,
        "by words": search(embedding=None),
        "by meaning": by_meaning,
        "by both": search(),
    }
    began = time.perf_counter()
    await by_meaning(*queries[0])
    print(
        f"\n{size:,} chunks: kept in {seconds:.1f} s ({size / seconds:,.0f} a second),"
        f" loaded by the first search in {time.perf_counter() - began:.2f} s"
    )
    print(f"{'':28}{'queries/s':>10}{'median ms':>11}{'p99 ms':>9}{'CPU ms':>9}")
    for name, ask in ways.items():
        await measured(ask, queries[:20])
        rate, median, late, cpu = await measured(ask, queries)
        print(f"{name:28}{rate:>10.0f}{median:>11.2f}{late:>9.2f}{cpu:>9.2f}", flush=True)
    await storage.close()


async def _bench() -> None:
    with TemporaryDirectory() as folder:
        for size in SIZES:
            await bench_size(Path(folder), size)


def bench() -> None:
    """A table for each size."""
    asyncio.run(_bench())
