"""What a call costs does not depend on how much there is, counted in steps of SQLite's own machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.records import DUE_AT, PROJECT
from tests.support.sqlite_storages import steps_of
from threadkeep.storage.sqlite.migration import migrate
from threadkeep.storage.sqlite.query import load_query

SMALL, LARGE = 100, 5_000
MIDDLE = {SMALL: SMALL // 2, LARGE: LARGE // 2}


NOBODYS = {"worker": None, "epoch": 0, "attempts": 0, "revision": 1}
PLAIN_RUN = NOBODYS | {"on_crash": "resume", "traceparent": None, "now": DUE_AT, "body": b"{}"}
UNTOLD = {"event_epoch": None, "first_event": None, "last_event": None}


def filled(folder: Path, size: int) -> sqlite3.Connection:
    """A thread with `size` messages, `size` ended runs of one step each, and `size` other threads with a queued run."""
    connection = sqlite3.connect(folder / f"{size}.db", isolation_level=None)
    migrate(connection, "")
    connection.execute("begin")
    for number in range(size + 1):
        connection.execute(
            load_query("threads/insert").sql,
            {"project": PROJECT, "id": f"thread_{number}", "body": b"{}"},
        )
    for number in range(1, size + 1):
        message = {
            "project": PROJECT,
            "thread_id": "thread_0",
            "id": f"msg_{number}",
            "run_id": f"run_{number}",
            "role": "assistant",
            "status": "completed",
            "body": b"{}",
        }
        connection.execute(load_query("messages/append").sql, message)
        for thread, run, status in (
            ("thread_0", f"run_{number}", "completed"),
            (f"thread_{number}", f"run_queued_{number}", "queued"),
        ):
            values = {"project": PROJECT, "thread_id": thread, "id": run, "status": status}
            insert = load_query("runs/insert").sql
            connection.execute(insert, PLAIN_RUN | values | {"due_at": DUE_AT + number})
        step = {"project": PROJECT, "thread_id": "thread_0", "run_id": f"run_{number}"}
        connection.execute(
            load_query("run_steps/write").sql,
            step | {"id": f"step_{number}", "status": "completed", "body": b"{}"} | UNTOLD,
        )
    connection.execute("commit")
    return connection


def page(size: int) -> dict[str, object]:
    return {
        "project": PROJECT,
        "thread_id": "thread_0",
        "run_id": f"run_{MIDDLE[size]}",
        "above": MIDDLE[size],
        "below": 2**62,
        "limit": 21,
    }


def named(size: int) -> dict[str, object]:
    number = MIDDLE[size]
    return {
        "project": PROJECT,
        "thread_id": "thread_0",
        "run_id": f"run_{number}",
        "id": f"msg_{number}",
    }


def new(size: int) -> dict[str, object]:
    return (
        PLAIN_RUN
        | named(size)
        | {
            "id": "new",
            "role": "user",
            "status": "queued",
            "body": b"{}",
            "due_at": DUE_AT,
        }
    )


CALLS: dict[str, Callable[[int], dict[str, object]]] = {
    "messages/page_ascending": page,
    "messages/page_descending": page,
    "messages/page_of_run_ascending": page,
    "messages/page_of_run_descending": page,
    "runs/page_ascending": page,
    "runs/page_descending": page,
    "run_steps/page_ascending": page,
    "run_steps/page_descending": page,
    "run_steps/spans": page,
    "threads/page_ascending": page,
    "threads/page_descending": page,
    "messages/page_cursor": named,
    "messages/find": named,
    "messages/delete": named,
    "messages/has_user_message": named,
    "messages/insert": new,
    "runs/insert": new,
    "runs/claim_oldest": lambda _: {"limit": 10},
    "runs/claim_named": lambda size: {
        "limit": 1,
        "thread_id": f"thread_{size - 1}",
        "id": f"run_queued_{size - 1}",
    },
    "runs/due": lambda _: {"limit": 10, "now": DUE_AT + 10},
    "runs/orphans": lambda _: {"limit": 10, "now": DUE_AT},
    "workers/owned": lambda _: {"worker": "worker-1"},
    "overview/leases": lambda _: {},
}


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("cost")
    connections = {size: filled(folder, size) for size in (SMALL, LARGE)}
    yield connections
    for connection in connections.values():
        connection.close()


@pytest.mark.parametrize("query", list(CALLS))
def test_the_cost_stays_when_there_is_fifty_times_as_much(
    databases: dict[int, sqlite3.Connection], query: str
):
    small, large = (steps_of(databases[size], query, CALLS[query](size)) for size in (SMALL, LARGE))

    assert small > 0
    assert large <= small
