"""`threadkeep doctor --cluster`, on a real PostgreSQL and a real NATS."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.support.command import Done, Threadkeep
from tests.support.nats_server import StartNats, free_port
from tests.support.postgres_server import PostgresServer
from tests.support.running_server import RunningServer
from threadkeep.cli.cluster_diagnosis import (
    LONG_WAIT_SECONDS,
    NO_WORKER,
    ORPHANS,
    OVERLOADED,
    queue_finding,
    worker_findings,
)
from threadkeep.storage import Backlog, Storage, WorkerLease
from threadkeep.storage.postgres import PostgresStorage


def findings(done: Done) -> dict[str, dict[str, Any]]:
    return {each["what"]: each for each in json.loads(done.out)["findings"]}


async def with_storage(dsn: str, *workers: str) -> None:
    """A database with the leases of these workers."""
    storage: Storage = PostgresStorage(dsn)
    await storage.open()
    for worker in workers:
        await storage.workers.renew(worker, 60)
    await storage.close()


def doctor(threadkeep: Threadkeep, dsn: str, *flags: str) -> Done:
    return threadkeep("doctor", "--cluster", "--database", dsn, *flags)


def test_a_cluster_in_order(threadkeep: Threadkeep, postgres_dsn: str, nats_url: str):
    asyncio.run(with_storage(postgres_dsn, "worker_1", "worker_2"))
    done = doctor(threadkeep, postgres_dsn, "--bus", nats_url)
    found = findings(doctor(threadkeep, postgres_dsn, "--bus", nats_url, "--json"))
    assert {name for name, each in found.items() if each["advice"]} <= {"Commits"}, (
        found
    )  # without fsync
    for name in ("Database", "PostgreSQL", "Schema", "Clock", "Queue", "File contents", "Bus"):
        assert found[name]["advice"] == "", found[name]
    assert found["Workers"]["result"] == "2 alive, with 0 runs"
    assert found["Bus"]["result"].startswith("there and back in ")
    assert "worker_1" in done.out
    assert "kept, read and deleted" in done.out


def test_what_is_wrong_comes_with_what_to_do(threadkeep: Threadkeep, postgres_dsn: str):
    asyncio.run(with_storage(postgres_dsn))
    nobody = f"nats://127.0.0.1:{free_port()}"
    done = doctor(threadkeep, postgres_dsn, "--bus", nobody)
    assert done.code == 1
    assert f"Problem: Workers: 0 alive, with 0 runs. To do: {NO_WORKER}." in done.out
    assert "Problem: Bus: no answer in time. To do: see that NATS runs" in done.out
    without = doctor(threadkeep, postgres_dsn)
    assert "Problem: Bus: none outside the process. To do: set bus to nats://" in without.out


def test_a_database_that_was_never_migrated_is_left_as_it_is(
    threadkeep: Threadkeep, own_postgres: PostgresServer
):
    for _ in range(2):
        done = doctor(threadkeep, own_postgres.dsn(), "--json")
        assert done.code == 1
        assert "threadkeep migrate" in findings(done)["Database"]["result"]


@pytest.mark.timeout(120)
def test_a_database_out_of_reach_is_told_soon(threadkeep: Threadkeep, own_postgres: PostgresServer):
    dsn = own_postgres.dsn().replace("postgres@", "postgres:secret@")
    own_postgres.kill()
    done = doctor(threadkeep, dsn)
    assert done.code == 1
    assert "see that the database runs, and that this machine reaches it" in done.out
    assert "secret" not in done.out + done.err


def test_one_file_is_no_cluster(threadkeep: Threadkeep, running_server: RunningServer):
    assert running_server.base_url
    done = threadkeep("doctor", "--cluster")
    assert done.code == 1
    assert "in use by another process. To do: one file serves one process" in done.out


def test_a_file_that_nobody_has_open_is_looked_at(threadkeep: Threadkeep):
    threadkeep("threads", "list", "--database", "sqlite:///threadkeep.db")
    found = findings(threadkeep("doctor", "--cluster", "--json"))
    assert found["Bus"]["advice"] == ""
    assert found["File contents"]["result"] == "kept, read and deleted"
    assert "Space" in found


def lease(seconds_left: float, run_count: int) -> WorkerLease:
    return WorkerLease(
        worker="worker_1", seconds_left=seconds_left, run_count=run_count, file_count=0
    )


def test_runs_of_workers_that_are_gone_are_told_apart():
    alive, orphans = worker_findings([lease(3, 2), lease(0, 5)])
    assert (alive.result, alive.advice) == ("1 alive, with 2 runs", "")
    assert (orphans.result, orphans.advice) == ("5 of workers that are gone", ORPHANS)


@pytest.mark.parametrize(("seconds", "advice"), [(None, ""), (1.0, ""), (60.0, OVERLOADED)])
def test_a_queue_is_too_long_when_the_oldest_waits_for_long(seconds: float | None, advice: str):
    assert LONG_WAIT_SECONDS < 60
    backlog = Backlog(
        run_count=3, oldest_run_seconds=seconds, file_count=0, oldest_file_seconds=None
    )
    assert queue_finding(backlog).advice == advice


def test_doctor_of_one_node_looks_at_postgresql_too(
    threadkeep: Threadkeep, postgres_dsn: str, start_nats: StartNats
):
    asyncio.run(with_storage(postgres_dsn))
    done = threadkeep("doctor", "--database", postgres_dsn, "--bus", start_nats().url, "--json")
    told = json.loads(done.out)
    assert told["storage"].endswith(", can be read and written")
    assert told["extras"]["postgres"].startswith("asyncpg ")
