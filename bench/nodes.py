"""Nodes of a cluster as processes of their own, on a PostgreSQL that waits for the disk and on NATS."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from bench.postgres import own_server
from bench.processes import free_port, serving
from tests.support.nats_server import NatsServer
from tests.support.postgres_server import PostgresServer

WORKERS: Final = 2
_READY: Final = "/health/ready"


class Nodes:
    """One node for the API and some that work, on one database and one bus."""

    def __init__(self, stack: ExitStack, postgres: PostgresServer, nats: NatsServer) -> None:
        self._stack = stack
        self._postgres = postgres
        self._environ = {
            "THREADKEEP_DATABASE": postgres.dsn(),
            "THREADKEEP_BUS": nats.url,
            "THREADKEEP_DETECT_MODELS": "false",
        }
        self.dsn = postgres.dsn()
        self.base_url = ""
        self.pids: dict[str, int] = {}
        """By what each node is called."""

    def start(self, upstream: str) -> None:
        """Return once all are at work."""
        self._environ["THREADKEEP_UPSTREAM_URL"] = upstream
        port = free_port()
        self.pids["API"] = self._run("serve", "--api", port=port)
        self.base_url = f"http://127.0.0.1:{port}/v1"
        for number in range(1, WORKERS + 1):
            self.pids[f"worker {number}"] = self._run("worker")

    def database_pids(self) -> list[int]:
        """PostgreSQL's processes; the first one counts those that have ended."""
        return self._postgres.pids()

    def kill_holder(self, run_id: str) -> str:
        """Kill the worker that has the run, with -9; what it is called."""
        holder = self._postgres.run_sql(f"select worker from runs where id = '{run_id}'")
        name = next(name for name, pid in self.pids.items() if f"-{pid}_" in holder)
        os.kill(self.pids[name], signal.SIGKILL)
        return name

    def replace(self, name: str) -> None:
        """Let another worker take the place of one that was killed."""
        self.pids[name] = self._run("worker")

    def _run(self, *command: str, port: int | None = None) -> int:
        port = port or free_port()
        program = [sys.executable, "-m", "threadkeep", *command, "--port", str(port)]
        return self._stack.enter_context(serving(program, port, _READY, self._environ))


@contextmanager
def running_nodes(upstream: str) -> Iterator[Nodes]:
    """All of them, at work."""
    with ExitStack() as stack:
        postgres = stack.enter_context(own_server())
        nats = NatsServer()
        stack.callback(nats.close)
        nodes = Nodes(stack, postgres, nats)
        nodes.start(upstream)
        yield nodes
