"""Words that most chunks hold, as the server's statistics tell, are left out beside rarer ones."""

from __future__ import annotations

import asyncpg
import pytest

from tests.support.file_records import add_text, keep_vector_store
from tests.support.records import PROJECT
from threadkeep.storage import common_words
from threadkeep.storage.postgres import PostgresStorage, chunk_search


async def test_words_that_most_chunks_hold_are_left_out_beside_rarer_ones(
    traced_postgres: PostgresStorage, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
):
    for module in (chunk_search, common_words):
        monkeypatch.setattr(module, "COMMON_CHUNKS", 10)
    store = await keep_vector_store(traced_postgres)
    await add_text(traced_postgres, store, *(f"running number{number}" for number in range(12)))
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute("analyze chunks")
    await connection.close()

    async def texts(query: str) -> list[str]:
        hits = await traced_postgres.chunks.search(PROJECT, [store.id], [query], limit=50)
        return [hit.text for hit in hits]

    assert await texts("runs number3") == ["running number3"]
    assert len(await texts("runs unheard")) == 12
    assert len(await texts("runs")) == 12
