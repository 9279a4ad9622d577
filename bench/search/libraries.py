"""What others do with the same vectors and words: nothing kept, filtered or fused, and no texts.

numpy compares all. Faiss does so too, and USearch has a graph (HNSW) that finds most of the nearest: both are measured
where they are installed. SQLite's own full-text index sorts by its bm25.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from bench.search.corpus import DIMENSIONS, Numbers, Query
from bench.search.ways import FOUND, Way


def library_ways(vectors: Numbers, path: str | None) -> dict[str, Way]:
    """All that can be had here; `path` is a file of the product's."""
    ways = {"numpy, all compared": numpy_way(vectors)}
    for name, make in {"faiss, all compared": _faiss, "usearch, HNSW in 16 bits": _usearch}.items():
        try:
            ways[name] = make(vectors)
        except ModuleNotFoundError as error:
            print(f"  {name} is left out: {error.name} is not installed")
    if path is not None:
        ways["FTS5, any of the words, by bm25"] = _fts5(path)
    return ways


def numpy_way(vectors: Numbers) -> Way:
    """The 10 nearest, exactly."""

    async def find(query: Query) -> Sequence[int]:
        scores = np.vecdot(vectors, query.vector)
        near = np.argpartition(scores, -FOUND)[-FOUND:]
        return near[np.argsort(-scores[near])].tolist()

    return find


def _faiss(vectors: Numbers) -> Way:
    faiss: Any = import_module("faiss")
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(DIMENSIONS)
    index.add(vectors)

    async def find(query: Query) -> Sequence[int]:
        return index.search(query.vector[None], FOUND)[1][0].tolist()

    return find


def _usearch(vectors: Numbers) -> Way:
    index = import_module("usearch.index").Index(ndim=DIMENSIONS, metric="ip", dtype="f16")
    began = time.perf_counter()
    index.add(np.arange(len(vectors)), vectors)
    print(
        f"  usearch: built in {time.perf_counter() - began:,.0f} s,"
        f" holds {index.memory_usage / 1e6:,.0f} MB"
    )

    async def find(query: Query) -> Sequence[int]:
        return index.search(query.vector, FOUND, threads=1).keys.tolist()

    return find


def _fts5(path: str) -> Way:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    sql = "select rowid from chunk_index where chunk_index match ? order by rank limit ?"

    async def find(query: Query) -> Sequence[int]:
        words = " OR ".join(query.text.split())
        return [seq - 1 for (seq,) in connection.execute(sql, (words, FOUND))]

    return find
