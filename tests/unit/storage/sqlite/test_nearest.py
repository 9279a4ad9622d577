"""The nearest of many vectors: which are worth comparing is told by their signs, how near they are by their numbers."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from threadkeep.storage.sqlite.nearest import COMPARED_CHUNKS, Sight, nearest
from threadkeep.storage.sqlite.session import Session
from threadkeep.storage.sqlite.vector_block import BLOCK_CHUNKS, Block

SPACE = 1
COUNT = 5 * COMPARED_CHUNKS // 50 * 50


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("dimensions", [384, 100])
def test_nearly_all_of_the_nearest_are_found(dimensions):
    session = Session(sqlite3.connect(":memory:"))  # asked for nothing: all is in memory
    random = np.random.default_rng(1)
    topics = random.standard_normal((COUNT // 50, dimensions))
    vectors = unit(topics.repeat(50, axis=0) + random.standard_normal((COUNT, dimensions)))
    rows = [(seq, seq, 1, 1, vector.astype("<f2").tobytes()) for seq, vector in enumerate(vectors)]
    blocks = [
        Block(rows[begin : begin + BLOCK_CHUNKS], dimensions, has_vectors=True)
        for begin in range(0, COUNT, BLOCK_CHUNKS)
    ]
    sights = [Sight(SPACE, block, np.ones(len(block.chunks), bool)) for block in blocks]

    shares = []
    for query in unit(vectors[:40] + 0.02 * random.standard_normal((40, dimensions))):
        cosines = vectors @ query
        wanted = np.argsort(-cosines)[:20].tolist()
        found = nearest(session, sights, query, also=[], depth=20)
        shares.append(len(found.keys() & wanted) / 20)
        assert found == pytest.approx({chunk: cosines[chunk] for chunk in found}, abs=1e-3)
    assert np.mean(shares) > 0.95
