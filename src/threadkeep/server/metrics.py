"""GET /metrics: the numbers of this node, and what it sees of all nodes in the storage that they share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from starlette.requests import Request
from starlette.responses import Response

from threadkeep.errors import StorageError
from threadkeep.server.node import PATIENCE_SECONDS, Node
from threadkeep.storage import Backlog, WorkerLease

_log: Final = logging.getLogger("threadkeep.server")


class MetricsPage:
    """In the format that Prometheus asks for."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def answer(self, request: Request) -> Response:
        """Everything. What cannot be looked up is left out."""
        found = [*await self._of_node(), *await self._of_storage()]
        accept = request.headers.get("accept", "")
        text, media_type = self._node.telemetry.metrics.render(accept, found)
        return Response(text, headers={"content-type": media_type})

    async def _of_node(self) -> list[Metric]:
        check = await self._node.check_storage()
        return [
            _gauge("storage_up", "Whether the storage can be read and written.", check.is_ok),
            _gauge("storage_check_seconds", "How long it took to see that.", check.seconds),
            _gauge("bus_up", "Whether the bus is connected.", self._node.is_on_bus),
            _gauge("draining", "Whether this node is about to stop.", self._node.is_draining),
        ]

    async def _of_storage(self) -> list[Metric]:
        overview = self._node.storage.overview
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                backlog, leases = await asyncio.gather(overview.backlog(), overview.leases())
        except (StorageError, TimeoutError):
            _log.exception("the queue cannot be looked at")
            return []
        return [*_backlog_metrics(backlog), *_lease_metrics(leases)]


def _backlog_metrics(backlog: Backlog) -> Iterator[Metric]:
    runs, files = backlog.run_count, backlog.file_count
    yield _gauge("queued_runs", "Runs that wait for a worker.", runs)
    yield _gauge(
        "oldest_queued_run_seconds",
        "How long the oldest of them waits.",
        backlog.oldest_run_seconds or 0,
    )
    yield _gauge("queued_files", "Files of vector stores that wait to be read.", files)
    yield _gauge(
        "oldest_queued_file_seconds",
        "How long the oldest of them waits.",
        backlog.oldest_file_seconds or 0,
    )


def _lease_metrics(leases: list[WorkerLease]) -> Iterator[Metric]:
    alive = [lease for lease in leases if lease.seconds_left > 0]
    gone = [lease for lease in leases if lease.seconds_left <= 0]
    yield _gauge("workers_alive", "Workers whose lease holds.", len(alive))
    yield _gauge(
        "orphaned_runs",
        "Runs of workers whose lease ran out, to be rescued.",
        sum(lease.run_count for lease in gone),
    )
    yield _gauge("leased_runs", "Runs that workers hold.", sum(lease.run_count for lease in alive))
    yield _gauge(
        "leased_files",
        "Files of vector stores that workers hold.",
        sum(lease.file_count for lease in alive),
    )


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(f"threadkeep_{name}", help, value=value)
