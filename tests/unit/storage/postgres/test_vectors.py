"""Vectors in PostgreSQL: by the index of pgvector, and without pgvector."""

from __future__ import annotations

import random
from pathlib import Path

import asyncpg
import pytest

from tests.support.file_records import add_file, claim_file, keep_vector_store
from tests.support.records import PROJECT
from tests.support.vectors import SPACE, chunk, meaning
from threadkeep.storage import Storage
from threadkeep.storage.contract.transfer import TABLES
from threadkeep.storage.copying import Place, copy
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.postgres import PostgresStorage, nearest
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.attribute_filter import EqualFilter

AS_IN_THE_POOL = {
    "enable_seqscan": "off",
    "enable_sort": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
}
DROP_INDEXES = """
do $$
declare name text;
begin
    for name in select indexrelid::regclass from pg_index
        where indrelid = 'chunk_vectors'::regclass and not indisprimary and indpred is not null
    loop
        execute 'drop index ' || name;
    end loop;
end
$$
"""


async def keep_circle(storage: Storage, count: int = 360, **fields):
    """A vector store with a file that has a chunk for each direction."""
    store = await keep_vector_store(storage)
    await add_file(storage, store, **fields)
    around = [chunk(f"{n}", n * 360 / count) for n in random.Random(1).sample(range(count), count)]
    assert await storage.vector_store_files.complete(await claim_file(storage), around, 1)
    return store


async def found(storage, store, degrees, **options):
    hits = await storage.chunks.search(
        PROJECT, [store.id], ["?"], **{"limit": 3, "embedding": meaning(degrees)} | options
    )
    return [hit.text for hit in hits]


async def test_many_chunks_are_searched_by_the_index_of_their_space(
    traced_postgres: PostgresStorage, executed: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(nearest, "_COMPARED_ALL", 100)
    monkeypatch.setattr(nearest, "_FEW_FILES", 0)
    store = await keep_circle(traced_postgres, 360, attributes={"kind": "near"})
    await keep_circle(traced_postgres, 360)
    executed.clear()

    assert set(await found(traced_postgres, store, 90.2)) == {"89", "90", "91"}
    assert "chunk_vectors/nearest_by_index" in executed
    wanted = EqualFilter(key="kind", value="near")
    assert set(await found(traced_postgres, store, 200.1, filters=wanted)) == {"199", "200", "201"}
    none = EqualFilter(key="kind", value="far")
    assert await found(traced_postgres, store, 200.1, filters=none) == []


async def test_the_index_is_the_one_that_the_planner_takes(
    postgres_storage: PostgresStorage, postgres_dsn: str
):
    await keep_circle(postgres_storage)
    connection = await asyncpg.connect(postgres_dsn, server_settings=AS_IN_THE_POOL)

    (seq,) = await connection.fetchrow("select seq from embedding_spaces")
    searched = nearest.SearchedVectors(PROJECT, ["vs"], SPACE, seq, 360, None)
    query = nearest._for_index(searched)
    await connection.execute(f"prepare planned as {query.sql}")
    await connection.execute(f"begin; {nearest._SETTINGS.format(depth=100)}")
    nothing = ", ".join(["null"] * len(query.parameters))
    plan = await connection.fetch(f"explain (costs off) execute planned({nothing})")

    assert f"chunk_vectors_of_space_{seq}" in str(plan)
    await connection.close()


@pytest.fixture
async def without_pgvector(postgres_dsn: str):
    """A database as it is made where there is no pgvector."""
    connection = await asyncpg.connect(postgres_dsn)
    change = "alter table chunk_vectors alter column vector type {} using null"
    await connection.execute(DROP_INDEXES)
    await connection.execute(change.format("bytea"))
    yield
    await connection.execute("truncate chunk_vectors")
    await connection.execute(change.format("halfvec"))
    await connection.close()


async def test_without_pgvector_nodes_compare_the_vectors(
    postgres_storage: PostgresStorage, without_pgvector: None
):
    store = await keep_circle(postgres_storage)

    assert set(await found(postgres_storage, store, 90.2)) == {"89", "90", "91"}
    first, *_ = await postgres_storage.chunks.search(
        PROJECT, [store.id], ["7"], limit=1, embedding=meaning(7.2)
    )
    assert (first.text, first.score) == ("7", pytest.approx(1, abs=1e-3))
    assert await found(postgres_storage, await keep_vector_store(postgres_storage), 0) == []


async def test_vectors_come_and_go_where_there_is_no_pgvector(
    postgres_storage: PostgresStorage, without_pgvector: None, tmp_path: Path
):
    source, contents = SQLiteStorage(":memory:"), LocalFolder(tmp_path)
    await source.open()
    await contents.open()
    store = await keep_circle(source)

    await copy(Place(source, contents), Place(postgres_storage, contents), lambda *_: None)

    assert set(await found(postgres_storage, store, 90.2)) == {"89", "90", "91"}
    (table,) = (table for table in TABLES if table.name == "chunk_vectors")
    dumps = [await each.transfer.dump(table, None, 500) for each in (source, postgres_storage)]
    assert sorted(dumps[0].rows) == sorted(dumps[1].rows)
    await source.close()
