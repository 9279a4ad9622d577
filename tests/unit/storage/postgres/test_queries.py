"""Every statement of PostgreSQL: found by an index, used, and told what carries it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

import threadkeep.storage.postgres as package
from threadkeep.storage.postgres.query import Query, load_query, parse_query

QUERIES = Path(str(files(package) / "queries"))
NAMES = sorted(
    path.relative_to(QUERIES).with_suffix("").as_posix() for path in QUERIES.rglob("*.sql")
)
WHOLE_TABLE = {
    "overview/embedded_otherwise",  # all vector stores, for an operator who asks
    "overview/server",  # a table of PostgreSQL's own, with a row for each database
    "database/forget_marks",  # a row for each writer of the last day, once at each start
    "chunks/lock_discarded",  # takes the first rows of a queue that holds nothing else
}
FEW_ROWS_SORTED = {
    "files/share",  # the files that one request names, so that they are locked in order
    "threads/lock",  # the threads of a batch, so that they are locked in order
    "run_steps/of_runs",  # the steps of a few runs
    "chunks/matching",  # the chunks that were found, by word
    "chunks/texts",  # the chunks of one file
    "chunks/unembedded",  # those of one vector store
    "chunk_vectors/nearest_of_all",  # the chunks of a small vector store
    "chunk_vectors/nearest_by_index",  # by the index of its space, which is made with the space
    "file_contents/check",  # those that are looked at in one go
}
WITHOUT_PGVECTOR = {  # with it, the column is of another type
    "chunk_vectors/insert",
    "transfer/load_chunk_vectors",
}
OF_ALL_PROJECTS = {
    "runs/any_queued",
    "runs/claim_oldest",
    "runs/claim_named",
    "runs/due",
    "runs/orphans",
    "vector_store_files/any_unread",
    "vector_store_files/claim_waiting",
    "vector_store_files/claim_orphaned",
    "vector_store_files/owned",
    "vector_store_files/cancel",  # of rows that the same transaction has found by their project
    "vector_stores/lock_expired",
    "files/expired",
    "idempotency_keys/forget",
}
OF_THE_SERVER = (
    *("workers/", "database/", "overview/", "file_contents/", "transfer/"),
    *("chunks/", "chunk_vectors/", "embedding_spaces/"),
)
AS_IN_THE_POOL = {
    "enable_seqscan": "off",
    "enable_sort": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


@pytest.fixture
async def planner(postgres_dsn: str) -> AsyncIterator[Any]:
    """A connection to an empty database with the schema."""
    connection = await asyncpg.connect(
        postgres_dsn, server_settings=AS_IN_THE_POOL | {"plan_cache_mode": "force_generic_plan"}
    )
    yield connection
    await connection.close()


async def plan_of(planner: Any, query: Query) -> str:
    """How it is executed whatever its parameters are."""
    arguments = f"({', '.join(['null'] * len(query.parameters))})" if query.parameters else ""
    await planner.execute(f"prepare planned as {query.sql}")
    rows = await planner.fetch(f"explain (costs off) execute planned{arguments}")
    await planner.execute("deallocate planned")
    return "\n".join(row[0] for row in rows)


async def test_no_statement_reads_a_whole_table_or_sorts(planner: Any):
    for name in sorted({*NAMES} - WITHOUT_PGVECTOR):
        plan = await plan_of(planner, load_query(name))
        steps = [line.strip().removeprefix("->").strip() for line in plan.splitlines()]
        assert name in WHOLE_TABLE or not any(step.startswith("Seq Scan") for step in steps), name
        assert name in FEW_ROWS_SORTED or "Sort" not in steps, name


async def test_the_check_of_plans_sees_a_scan_and_a_sort(planner: Any):
    query = parse_query("test/costly", "select id from runs order by status, epoch")

    plan = await plan_of(planner, query)

    assert "Seq Scan" in plan
    assert "Sort" in plan


@pytest.mark.parametrize("noun", ["messages", "runs", "run_steps"])
async def test_what_is_asked_for_by_its_id_is_found_by_that_even_before_there_are_statistics(
    planner: Any, noun: str
):
    query = load_query(f"{noun}/find")
    await planner.execute(f"prepare planned as {query.sql}")
    values = ", ".join(["'some id'"] * len(query.parameters))

    rows = await planner.fetch(f"explain (costs off) execute planned({values})")

    plan = "\n".join(row[0] for row in rows)
    assert "_pkey" in plan
    assert "AND (id = " in plan


async def test_a_named_run_is_not_looked_for_among_all_that_are_queued(planner: Any):
    plan = await plan_of(planner, load_query("runs/claim_named"))

    assert "Index Cond: (id = wanted.id)" in plan


async def test_what_belongs_to_a_thread_is_looked_for_in_one_partition(planner: Any):
    rows = await planner.fetch(
        "explain (analyze, costs off, timing off, summary off)"
        " select id from messages where project = 'p' and thread_id = 't' and seq > 0 order by seq"
    )

    assert sum("messages_" in row[0] for row in rows) == 1


def loaded_queries() -> set[str]:
    """The names of all queries that some module holds."""
    names: set[str] = set()
    modules = [
        import_module(f"{package.__name__}.{info.name}") for info in iter_modules(package.__path__)
    ]
    modules += [package, import_module("threadkeep.storage.files.postgres")]
    for module in modules:
        for value in vars(module).values():
            parts = [value] if isinstance(value, Query) else value
            if isinstance(parts, list | tuple):
                names |= {part.name for part in parts if isinstance(part, Query)}
    return names


def test_each_statement_is_used():
    assert loaded_queries() == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_statement_says_what_carries_it_and_names_the_project(name: str):
    query = load_query(name)

    assert query.sql.startswith("-- ")
    of_server = name in OF_ALL_PROJECTS or name.startswith(OF_THE_SERVER)
    assert of_server or any(each.startswith("project") for each in query.parameters)


def test_names_become_numbers_and_nothing_else_does():
    query = parse_query(
        "test/all",
        "-- a :comment\nselect :b::text, ':string', 'it''s :c', :a, :b from t where x = :a_2",
    )

    assert query.sql == (
        "-- a :comment\nselect $1::text, ':string', 'it''s :c', $2, $1 from t where x = $3"
    )
    assert query.parameters == ("b", "a", "a_2")


@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), min_size=1))
def test_each_name_has_one_number_by_its_first_place(names: list[str]):
    query = parse_query("test/any", "select " + ", ".join(f":{name}" for name in names))

    assert list(query.parameters) == list(dict.fromkeys(names))
    numbers = [f"${query.parameters.index(name) + 1}" for name in names]
    assert query.sql == "select " + ", ".join(numbers)
