"""Every statement of PostgreSQL: found by an index, used, and told what carries it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
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
from tests.support.postgres_databases import fresh_database
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
WHOLE_INDEX = {  # of a few rows: what waits or is held, workers, spaces
    "runs/any_queued",
    "runs/claim_oldest",
    "vector_store_files/any_unread",
    "vector_store_files/claim_waiting",
    "overview/backlog",
    "overview/leases",
    "embedding_spaces/all",
    "file_contents/names",  # all files, for an operator who asks
    "file_contents/remove",  # the files, to see that one is not among them; every few seconds at most
}
FEW_ROWS_SORTED = {
    "files/share",  # the files that one request names, so that they are locked in order
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


@pytest.fixture(scope="module")
def fresh_dsn() -> Iterator[str]:
    """The address of a database of which the planner knows nothing."""
    with fresh_database() as dsn:
        yield dsn


@pytest.fixture
async def planner(fresh_dsn: str) -> AsyncIterator[Any]:
    """A connection that plans as those of the pool do in a new database."""
    connection = await asyncpg.connect(
        fresh_dsn, server_settings=AS_IN_THE_POOL | {"plan_cache_mode": "force_generic_plan"}
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


async def test_no_statement_reads_a_whole_index(planner: Any):
    """With a sort forbidden, what is to come in the order of an index may be looked for in all of it."""
    for name in sorted({*NAMES} - WITHOUT_PGVECTOR - WHOLE_INDEX):
        plan = await plan_of(planner, load_query(name))
        assert not whole_indexes(plan), name


def whole_indexes(plan: str) -> list[str]:
    """The steps that read an index from one end to the other."""
    lines = plan.splitlines()
    return [
        line
        for line, below in zip(lines, [*lines[1:], ""], strict=True)
        if re.search(r"Index (Only )?Scan", line) and "Index Cond: " not in below
    ]


async def test_the_check_of_plans_sees_a_scan_and_a_sort_and_a_whole_index(planner: Any):
    sorting = await plan_of(planner, parse_query("test", "select id from runs order by epoch"))
    found = "select id from workers join unnest(:ids::text[]) as wanted (id) using (id)"
    one_by_one = await plan_of(planner, parse_query("test", found))
    in_order = await plan_of(planner, parse_query("test", f"{found} order by id"))

    assert "Seq Scan" in sorting
    assert "Sort" in sorting
    assert not whole_indexes(one_by_one)
    assert whole_indexes(in_order)


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
