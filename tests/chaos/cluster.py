"""A cluster: PostgreSQL, NATS, nodes for the API and nodes that work, all of them processes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg

from tests.chaos import shifting_clock
from tests.chaos.embedded import free_port
from tests.chaos.node import Node
from tests.chaos.shifting_clock import set_clock
from tests.support.nats_server import NatsServer
from tests.support.postgres_server import PostgresServer
from tests.support.tcp_proxy import TCPProxy

LEASE_SECONDS: Final = 2.0
"""Shorter than by default, so that tests are quicker."""
_DATABASE: Final = "postgres"
_HAS_A_RUN: Final = "select exists (select from runs where held and worker = $1)"
_SETTLED_SECONDS: Final = 0.1
PROGRAM: Final = ("-m", "threadkeep")


class Cluster:
    """`apis` nodes and `workers` nodes on one PostgreSQL and one NATS, between `start` and `stop`."""

    def __init__(
        self,
        folder: Path,
        upstream: str,
        *,
        apis: int = 2,
        workers: int = 2,
        lease_seconds: float = LEASE_SECONDS,
        has_standby: bool = False,
        has_own_clocks: bool = False,
    ) -> None:
        self.lease_seconds = lease_seconds
        # Not within a folder of root's own: PostgreSQL runs as nobody then, who could not reach it.
        self._data = TemporaryDirectory(prefix="threadkeep-cluster-", ignore_cleanup_errors=True)
        self.postgres = PostgresServer(Path(self._data.name))
        self.apis: list[Node] = []
        self.workers: list[Node] = []
        self._folder = folder
        self._upstream = upstream
        self._counts = (apis, workers)
        self._has_standby = has_standby
        self._has_own_clocks = has_own_clocks
        self._standby: PostgresServer | None = None
        self._stack = ExitStack()

    @property
    def urls(self) -> list[str]:
        """Where the API is."""
        return [node.url for node in self.apis]

    @property
    def output(self) -> str:
        """What the nodes have said."""
        return "".join(line for node in [*self.apis, *self.workers] for line in list(node.output))

    @property
    def rescues(self) -> int:
        """How many runs were taken from a worker that was gone, as the nodes tell."""
        return self.output.count("left behind by")

    async def start(self) -> None:
        """Return once every node is at work."""
        self._stack.callback(self._data.cleanup)
        await asyncio.to_thread(self.postgres.start)
        self._stack.callback(self.postgres.kill)
        if self._has_standby:
            folder = Path(self._data.name) / "standby"
            self._standby = await asyncio.to_thread(self.postgres.make_standby, folder)
            self._stack.callback(self._standby.kill)
        self.nats = await asyncio.to_thread(NatsServer)
        self._stack.callback(self.nats.close)
        apis, workers = self._counts
        for _ in range(apis):
            self.apis.append(self._new_api())
        for _ in range(workers):
            self.workers.append(self._new_worker())
        await self.ready()

    async def stop(self) -> None:
        """End everything."""
        for node in [*self.apis, *self.workers]:
            node.thaw()
            node.kill()
        await asyncio.to_thread(self._stack.close)

    async def ready(self) -> None:
        """Return once every node is at work."""
        for node in [*self.apis, *self.workers]:
            await node.ready()

    async def frozen_at_work(self) -> Node:
        """A worker that is frozen while it has a run; what it had sent to the database by then is done."""
        connection = await asyncpg.connect(self.postgres.dsn())
        try:
            while True:
                for worker in self.workers:
                    worker.freeze()
                    await asyncio.sleep(_SETTLED_SECONDS)
                    if await connection.fetchval(_HAS_A_RUN, worker.worker_id):
                        return worker
                    worker.thaw()
        finally:
            await connection.close()

    def fail_over(self) -> None:
        """Kill PostgreSQL, and let its standby take its place."""
        assert self._standby is not None
        self.postgres.kill()
        self._standby.promote()

    def _new_api(self) -> Node:
        port = free_port()
        return self._started(["serve", "--api", "--port", str(port)], port)

    def _new_worker(self) -> Node:
        return self._started(["worker"])

    def _started(self, command: Sequence[str], port: int | None = None) -> Node:
        way = self._stack.enter_context(TCPProxy(self.postgres.port))
        bus_way = self._stack.enter_context(TCPProxy(self.nats.port))
        clock_file = self._folder / f"clock-{way.port}"
        set_clock(clock_file, 0)
        program = [shifting_clock.__file__, str(clock_file)] if self._has_own_clocks else PROGRAM
        arguments = [*program, *command, "--log-level", "warning"]
        node = Node(
            arguments,
            self._settings(way, bus_way),
            self._folder,
            way=way,
            bus_way=bus_way,
            clock_file=clock_file,
            port=port,
        )
        node.start()
        return node

    def _settings(self, way: TCPProxy, bus_way: TCPProxy) -> dict[str, str]:
        hosts = [f"127.0.0.1:{way.port}", *([self._standby.host] if self._standby else [])]
        return {
            "THREADKEEP_DATABASE": f"postgresql://postgres@{','.join(hosts)}/{_DATABASE}",
            "THREADKEEP_BUS": f"nats://127.0.0.1:{bus_way.port}",
            "THREADKEEP_UPSTREAM_URL": self._upstream,
            "THREADKEEP_DETECT_MODELS": "false",
            "THREADKEEP_ENGINE_LEASE_SECONDS": str(self.lease_seconds),
        }
