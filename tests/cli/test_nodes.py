"""Nodes of one role, migrations, and what the settings of a cluster say when something is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.command import Threadkeep, plain_environ
from tests.support.server_process import StartProcess

MISSING = """
import sys
sys.modules[{package!r}] = None
from threadkeep.cli.running import run
sys.exit(run({arguments!r}))
"""


def without(package: str, folder, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where a package is not installed."""
    return subprocess.run(
        [sys.executable, "-c", MISSING.format(package=package, arguments=list(arguments))],
        cwd=folder,
        env=plain_environ(folder),
        capture_output=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize("arguments", [("serve", "--api", "--port", "0"), ("worker",)])
def test_nodes_of_one_role_need_a_database_that_can_be_shared(threadkeep: Threadkeep, arguments):
    done = threadkeep(*arguments, "--database", "sqlite:///a.db")
    assert done.code == 2
    assert "set database to postgresql://" in done.err
    assert "`threadkeep serve` does it all in one" in done.err


def test_a_second_server_on_one_file_is_told_what_to_do(
    start_process: StartProcess, threadkeep: Threadkeep
):
    start_process()
    done = threadkeep("serve", "--port", "0", "--database", "sqlite:///threadkeep.db")
    assert done.code == 1
    assert "is in use by another process; stop the server that uses it" in done.err
    assert "postgresql://" in done.err


def test_a_bus_needs_a_database_that_can_be_shared(threadkeep: Threadkeep):
    done = threadkeep("serve", "--bus", "nats://127.0.0.1:4222")
    assert (done.code, done.out) == (2, "")
    assert "--bus: a bus connects nodes, but an SQLite database can have only one" in done.err


@pytest.mark.parametrize(
    ("flag", "value", "text"),
    [
        ("--bus", "http://a", "--bus: bus must be nats:// and a server"),
        (
            "--database",
            "mysql://me:5ec4e7@x",
            "--database: database must be sqlite:/// and a file, or",
        ),
    ],
)
def test_an_address_of_the_wrong_kind_is_refused_and_not_repeated(
    threadkeep: Threadkeep, flag, value, text
):
    done = threadkeep("serve", flag, value)
    assert done.code == 2
    assert text in done.err
    assert value not in done.err.replace(text, "")


def test_logins_are_never_shown(threadkeep: Threadkeep):
    done = threadkeep(
        "settings",
        THREADKEEP_DATABASE="postgresql://me:5ec/4e7@a:5432,b:5433/records?sslpassword=5ec4e7",
        THREADKEEP_BUS="nats://me:5ec4e7@a:4222,nats://5ec4e7@b:4222",
    )
    assert done.code == 0
    assert "5ec" not in done.out
    assert "postgresql://***@a:5432,b:5433/records?sslpassword=***" in done.out
    assert "nats://***@a:4222,nats://***@b:4222" in done.out


def test_a_missing_extra_is_named(tmp_path):
    done = without("asyncpg", tmp_path, "migrate", "--database", "postgresql://127.0.0.1/a")
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'threadkeep[server,postgres]'" in done.stderr


def test_a_missing_extra_of_the_bus_is_named(tmp_path, postgres_dsn):
    settings = ["--database", postgres_dsn, "--bus", "nats://127.0.0.1:4222"]
    done = without("nats", tmp_path, "worker", *settings)
    assert done.returncode == 2
    assert "pip install 'threadkeep[server,nats]'" in done.stderr


def test_a_bus_address_that_nobody_understands_is_told_without_its_login(
    threadkeep: Threadkeep, postgres_dsn
):
    done = threadkeep("worker", "--database", postgres_dsn, "--bus", "nats://me:5ec4e7@:x")
    assert done.code == 2
    assert "threadkeep: bus: " in done.err
    assert "5ec4e7" not in done.err


def test_migrating_a_file_says_what_was_done(threadkeep: Threadkeep):
    database = ("--database", "sqlite:///a.db")
    first, second = threadkeep("migrate", *database), threadkeep("migrate", *database)
    assert (first.code, second.code) == (0, 0)
    assert "a.db was empty; it has schema version " in first.out
    assert "; there was nothing to do." in second.out


def test_migrating_a_database_says_what_was_done(threadkeep: Threadkeep, postgres_dsn):
    done = threadkeep("migrate", "--database", postgres_dsn)
    assert done.code == 0
    assert done.out.startswith("PostgreSQL database 127.0.0.1:")
    assert "; there was nothing to do." in done.out


def test_a_file_in_use_is_not_migrated(start_process: StartProcess, threadkeep: Threadkeep):
    start_process()
    done = threadkeep("migrate", "--database", "sqlite:///threadkeep.db")
    assert done.code == 1
    assert "is in use by another process" in done.err


def test_without_auto_migrate_a_server_leaves_the_schema_to_migrate(threadkeep: Threadkeep):
    done = threadkeep(
        "serve", "--port", "0", "--database", "sqlite:///a.db", THREADKEEP_AUTO_MIGRATE="false"
    )
    assert done.code == 1
    assert "a.db has schema version 0, " in done.err
    assert "Run `threadkeep migrate`." in done.err


def test_a_database_out_of_reach_is_named_without_its_login(threadkeep: Threadkeep):
    done = threadkeep(
        "migrate",
        "--database",
        "postgresql://me:5ec4e7@127.0.0.1:1/a",
        THREADKEEP_PATIENCE_SECONDS="0.1",
    )
    assert done.code == 1
    assert "127.0.0.1:1" in done.err
    assert "5ec4e7" not in done.err
