"""Every statement: found by an index, sorted by none but one, and used."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from pkgutil import iter_modules

import pytest

import threadkeep.storage.sqlite as package
from threadkeep.storage.sqlite.migration import migrate
from threadkeep.storage.sqlite.paging import joined
from threadkeep.storage.sqlite.query import Query, load_query, numbered

QUERIES = Path(str(files(package) / "queries"))
NAMES = sorted(
    path.relative_to(QUERIES).with_suffix("").as_posix() for path in QUERIES.rglob("*.sql")
)
WHOLE_TABLE = {
    "database/open",  # removes all rows on purpose
    "chunks/forget_discarded",  # the same
    "chunks/sweep",  # takes the first rows of a queue that holds nothing else
    "overview/leases",  # tells of all workers
    "chunks/count_holding",  # counts what the full-text index has found
    "overview/embedded_otherwise",  # of all vector stores, for an operator who asks
}
OF_ALL_PROJECTS = {
    "runs/claim_oldest",
    "runs/claim_named",
    "runs/due",
    "runs/orphans",
    "vector_store_files/claim_waiting",
    "vector_store_files/claim_orphaned",
    "vector_store_files/owned",
    "files/expired",
    "chunks/expire",
    "chunks/sweep",
    "chunks/forget_discarded",
    "idempotency_keys/forget",
    "overview/backlog",
    "overview/leases",
    "overview/embedded_otherwise",
    "overview/schema",
}
OF_THE_SERVER = ("workers/", "database/", "embedding_spaces/", "transfer/")
OF_A_ROW = {  # that the same transaction has found by its project
    "chunks/insert",
    "chunks/count_holding",
    "chunks/matching",
    "chunks/of_files",
    "chunks/last",
    "chunks/seq",
    "chunk_vectors/insert",
    "chunk_vectors/page",
    "chunk_vectors/of_chunks",
    "chunk_vectors/last",
    "chunk_vectors/count",
    "chunk_vectors/forget_others",
    "vector_stores/take_space",
    "vector_stores/adopt_space",
}


@pytest.fixture(scope="module")
def schema() -> Iterator[sqlite3.Connection]:
    """An empty database with the schema."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, "memory")
    yield connection
    connection.close()


def loaded_queries() -> set[str]:
    """The names of all queries that some module holds."""
    names: set[str] = set()
    for info in iter_modules(package.__path__):
        for value in vars(import_module(f"{package.__name__}.{info.name}")).values():
            parts = [value] if isinstance(value, Query) else value
            if isinstance(parts, list | tuple):
                names |= {part.name for part in parts if isinstance(part, Query)}
    for value in vars(package).values():
        if isinstance(value, Query):
            names.add(value.name)
    return names


@pytest.mark.parametrize("name", NAMES)
def test_no_statement_scans_a_table_or_sorts(schema: sqlite3.Connection, name: str):
    sql = load_query(name).sql
    parameters = dict.fromkeys(re.findall(r":(\w+)", sql))

    plan = [row[3] for row in schema.execute(f"explain query plan {sql}", parameters)]

    costly = [
        step for step in plan if "TEMP B-TREE" in step or ("SCAN" in step and not _is_free(step))
    ]
    assert name in WHOLE_TABLE or costly == []


def _is_free(step: str) -> bool:
    """The rows of a parameter, and the one row of a `values` or a `select` without a table."""
    return "VIRTUAL TABLE" in step or "CONSTANT ROW" in step


def test_the_check_of_plans_sees_a_scan_and_a_sort(schema: sqlite3.Connection):
    plan = str(
        schema.execute("explain query plan select id from runs order by status, epoch").fetchall()
    )

    assert "SCAN" in plan
    assert "TEMP B-TREE" in plan


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("scending")])
def test_a_list_that_is_fetched_as_one_value_is_sorted_no_more(
    schema: sqlite3.Connection, name: str
):
    sql, names = numbered(joined(load_query(name)).sql)

    plan = str(schema.execute(f"explain query plan {sql}", [None] * len(names)).fetchall())

    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("name", NAMES)
def test_each_statement_is_given_its_parameters_by_number(name: str):
    sql, names = numbered(load_query(name).sql)

    assert not re.search(r":\w", sql)
    assert all(f"?{number}" in sql for number, _ in enumerate(names, 1))


@pytest.mark.parametrize("name", NAMES)
def test_each_statement_says_what_carries_it(name: str):
    assert load_query(name).sql.startswith("-- ")


def test_each_statement_is_used():
    assert loaded_queries() == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_statement_names_the_project_unless_it_is_of_the_server_itself(name: str):
    of_server = name in OF_ALL_PROJECTS | OF_A_ROW or name.startswith(OF_THE_SERVER)
    assert of_server or ":project" in load_query(name).sql


def test_what_goes_with_its_parent_is_found_by_an_index(schema: sqlite3.Connection):
    tables = [
        row[0] for row in schema.execute("select name from sqlite_schema where type = 'table'")
    ]
    keys = 0
    for table in tables:
        columns: defaultdict[int, list[str]] = defaultdict(list)
        for number, _, _, column, *_ in schema.execute(f"pragma foreign_key_list({table})"):
            columns[number].append(column)
        for key in columns.values():
            keys += 1
            where = " and ".join(f"{column} = 1" for column in key)
            plan = schema.execute(f"explain query plan select 1 from {table} where {where}")
            assert all("SEARCH" in row[3] for row in plan)
    assert keys == 10
