"""What a call about files or vector stores costs does not depend on how much there is.

Counted in steps of SQLite's own machine, those of the triggers among them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.records import PROJECT
from tests.support.sqlite_storages import steps_of
from threadkeep.storage.sqlite.migration import migrate
from threadkeep.storage.sqlite.query import load_query

SMALL, LARGE = 100, 3_000
NOW = 1_700_000_000.0


def execute(connection: sqlite3.Connection, query: str, **parameters: object) -> None:
    connection.execute(load_query(query).sql, parameters)


def filled(folder: Path, size: int) -> sqlite3.Connection:
    """A vector store with `size` files of one chunk each, every other one in a batch, and `size` other vector stores
    with a file that waits and a chunk; `size` keys; an assistant for each file."""
    connection = sqlite3.connect(folder / f"{size}.db", isolation_level=None)
    migrate(connection, "")
    connection.execute("begin")
    of_project = {"project": PROJECT, "body": b"{}"}
    for number in range(size + 1):
        store = {"id": f"vs_{number}", "last_active_at": int(NOW) - 9, "expires_after_days": None}
        execute(connection, "vector_stores/insert", **of_project, **store)
    batch = {"id": "vsfb_1", "vector_store_id": "vs_0", "now": NOW}
    execute(connection, "file_batches/insert", **of_project, **batch)
    for number in range(1, size + 1):
        file = {"id": f"file-{number}", "purpose": "vision", "expires_at": NOW + number}
        execute(connection, "files/insert", **of_project, **file)
        batch_id = "vsfb_1" if number % 2 else None
        for store_id, status in (("vs_0", "completed"), (f"vs_{number}", "in_progress")):
            member = {"vector_store_id": store_id, "file_id": f"file-{number}", "status": status}
            write = load_query("vector_store_files/write").sql
            row = of_project | member | {"batch_id": batch_id, "now": NOW}
            seq = connection.execute(write, row).lastrowid
            chunk = {"vector_store": number + 1, "vector_store_file": seq, "position": 0}
            execute(
                connection,
                "chunks/insert",
                **chunk,
                epoch=0,
                overlap=0,
                text="apples",
                page=None,
                heading=None,
            )
        execute(connection, "assistants/insert", **of_project, id=f"asst_{number}")
        listed = {"id": f"asst_{number}", "file_ids": json.dumps([f"file-{number}"])}
        execute(connection, "assistants/add_files", project=PROJECT, **listed)
        key = {"key": f"key-{number}", "fingerprint": b"", "answer": b""}
        execute(connection, "idempotency_keys/keep", project=PROJECT, **key, begun_at=NOW + number)
    connection.execute("commit")
    return connection


def page(size: int) -> dict[str, object]:
    return {
        "project": PROJECT,
        "vector_store_id": "vs_0",
        "purpose": "vision",
        "status": "completed",
        "batch_id": "vsfb_1",
        "above": size // 2,
        "below": 2**62,
        "limit": 11,
    }


def named(size: int) -> dict[str, object]:
    number = size // 2
    return {
        "project": PROJECT,
        "vector_store_id": "vs_0",
        "file_id": f"file-{number}",
        "id": f"file-{number}",
        "key": f"key-{number}",
        "now": NOW,
        "oldest": NOW - 60,
        "batch_id": "vsfb_1",
        "status": "failed",
        "epoch": 1,
        "usage_bytes": 5,
        "chunk_count": 1,
        "worker": "worker-1",
        "body": b"{}",
        "limit": 10,
    }


def of_vector_store(size: int) -> dict[str, object]:
    return named(size) | {
        "id": f"vs_{size // 2}",
        "vector_store_ids": json.dumps(["vs_0", f"vs_{size // 2}"]),
    }


def search(size: int) -> dict[str, object]:
    expression = f'vector_store : ("{size // 2}") AND text : "apples"'
    stores = json.dumps([size // 2])
    return {"project": PROJECT, "words": json.dumps([expression]), "vector_stores": stores}


CALLS: dict[str, Callable[[int], dict[str, object]]] = {
    "files/find": named,
    "files/delete": named,
    "files/page_descending": page,
    "files/page_of_purpose_ascending": page,
    "files/expired": lambda _: {"now": NOW + 20, "limit": 10},
    "assistants/of_file": named,
    "vector_stores/find": of_vector_store,
    "vector_stores/page_ascending": page,
    "vector_stores/delete": of_vector_store,
    "vector_stores/touch": of_vector_store,
    "vector_stores/searched": of_vector_store,
    "vector_store_files/find": named,
    "vector_store_files/write": named,
    "vector_store_files/end": named,
    "vector_store_files/delete": named,
    "vector_store_files/page_descending": page,
    "vector_store_files/page_of_status_descending": page,
    "vector_store_files/page_of_batch_descending": page,
    "vector_store_files/page_of_batch_and_status_descending": page,
    "vector_store_files/claim_waiting": named,
    "vector_store_files/claim_orphaned": named,
    "vector_store_files/owned": lambda _: {"worker": "worker-9"},
    "chunks/matching": search,
    "chunks/expire": named,
    "chunks/sweep": named,
    "idempotency_keys/find": named,
    "idempotency_keys/forget": lambda _: {"oldest": NOW + 20, "limit": 10},
}


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("cost")
    connections = {size: filled(folder, size) for size in (SMALL, LARGE)}
    yield connections
    for connection in connections.values():
        connection.close()


@pytest.mark.parametrize("query", list(CALLS))
def test_the_cost_stays_when_there_is_thirty_times_as_much(
    databases: dict[int, sqlite3.Connection], query: str
):
    small, large = (steps_of(databases[size], query, CALLS[query](size)) for size in (SMALL, LARGE))

    assert small > 0
    assert large <= small
