"""Search and what comes before it: queries a second beside numpy and the best libraries, and documents a second.

Each storage is asked in a process of its own, in which the others take their turns, so that memory can be told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, ParamSpec, TypeVar

import numpy as np

from bench.postgres import own_server
from bench.search.corpus import Corpus, Numbers, Query
from bench.search.ingestion import LOADS, TITLE, read_documents
from bench.search.keeping import is_server, keep, opened, ways
from bench.search.libraries import library_ways
from bench.search.ways import FOUND, measured, own_memory, show

P = ParamSpec("P")
T = TypeVar("T")

_SIZES: Final = (1_000, 100_000)
_LARGE: Final = 1_000_000


def bench() -> None:
    """Tables for all sizes but the largest, in SQLite and PostgreSQL, and documents a second."""
    for size in _SIZES:
        bench_sqlite(size)
        bench_postgres(size)
    print(TITLE)
    for load in LOADS:
        print(_apart(read_documents, load), flush=True)


def bench_large() -> None:
    """The table of the largest size in SQLite; it takes a quarter of an hour and 6 GB."""
    bench_sqlite(_LARGE)


def bench_large_postgres() -> None:
    """The same in PostgreSQL, which takes hours to put so many vectors into its index one by one."""
    bench_postgres(_LARGE)


def bench_sqlite(size: int) -> None:
    """So many chunks in a file."""
    with TemporaryDirectory() as folder:
        place = str(Path(folder) / "threads.db")
        _apart(_fill, place, size)
        _apart(_ask, place, size)


def bench_postgres(size: int) -> None:
    """So many chunks in a server of its own."""
    with own_server(shared_buffers="1GB") as server:
        _apart(_fill, server.dsn(), size)
        server.run_sql("vacuum analyze")  # as it does by itself after a while
        _apart(_ask, server.dsn(), size)


def _apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `work` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()


def _fill(place: str, size: int) -> None:
    asyncio.run(_filled(place, size))


def _ask(place: str, size: int) -> None:
    asyncio.run(_asked(place, size))


async def _filled(place: str, size: int) -> None:
    seconds = 0.0

    @contextmanager
    def timed() -> Iterator[None]:
        nonlocal seconds
        began = time.perf_counter()
        yield
        seconds += time.perf_counter() - began

    async with opened(place) as storage:
        await keep(storage, Corpus(size), timed)
    print(f"\n{_name(place)}: {size:,} chunks kept, {size / seconds:,.0f} a second")


async def _asked(place: str, size: int) -> None:
    corpus = Corpus(size)
    queries = corpus.queries()
    before = own_memory()
    async with opened(place) as storage:
        product = ways(storage)
        began = time.perf_counter()
        await product["by both"](queries[0])
        loaded = time.perf_counter() - began
        for query in queries[:20]:
            await product["by both"](query)
        print(
            f"  first search in {loaded:.2f} s; the process holds {before:,.0f} MB without the storage,"
            f" {own_memory():,.0f} MB after 20 searches"
        )
        vectors = corpus.vectors()
        all_ways = library_ways(vectors, None if is_server(place) else place) | product
        speeds = await measured(all_ways, queries, _nearest(vectors, queries))
    show(f"{size:,} chunks, {_name(place)}", speeds)


def _name(place: str) -> str:
    return "PostgreSQL" if is_server(place) else "SQLite"


def _nearest(vectors: Numbers, queries: list[Query]) -> list[set[int]]:
    """The nearest of each query indeed."""
    near: list[set[int]] = []
    for query in queries:
        scores = np.vecdot(vectors, query.vector)
        near.append(set(np.argpartition(scores, -FOUND)[-FOUND:].tolist()))
    return near
