"""Worker: claims queued runs, executes them, and holds the lease that says it is alive."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Sequence
from typing import Final

from threadkeep.bus import Bus, Subscription
from threadkeep.engine import lifecycle
from threadkeep.engine.duty import Duty
from threadkeep.engine.event_log import EventLog
from threadkeep.engine.executor import Execution, Means
from threadkeep.engine.images import Images
from threadkeep.inference import ChatModel
from threadkeep.settings import EngineSettings
from threadkeep.storage import RunRecord, Storage
from threadkeep.tools import ServerTool
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.run import Run

logger = logging.getLogger(__name__)

WAKE_SUBJECT: Final = "wake"
"""Where it is told that a run is queued; one of all workers hears it."""
_CLAIMED_BY_ID: Final = 8
"""Up to so many runs are claimed one by one as their wake-ups come; beyond that a sweep is cheaper."""
_BATCH: Final = 100


def control_subject(worker: str) -> str:
    """Where a worker is told to stop a run."""
    return f"ctl.{worker}"


def wake_up(run: Run) -> bytes:
    """What `WAKE_SUBJECT` is told of a run."""
    return f"{run.thread_id} {run.id}".encode()


def _woken_run(payload: bytes) -> tuple[str, str]:
    """The thread id and the run id of a wake-up."""
    thread_id, _, run_id = payload.decode().partition(" ")
    return thread_id, run_id


class Worker(Duty):
    """Each tick claims what waits, as far as there is room; wake-ups make it tick at once, else it sweeps."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        chat_model: ChatModel,
        *,
        images: Images,
        server_tools: Sequence[ServerTool],
        settings: EngineSettings,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        super().__init__(settings.sweep_seconds)
        self.id = f"worker_{secrets.token_hex(8)}"
        self._storage = storage
        self._bus = bus
        self._settings = settings
        self._clock = clock
        self._log = EventLog(bus, self.id)
        self._means = Means(storage, images, chat_model, server_tools, self._log, ids, clock)
        self._lease = _Lease(self, storage, settings.lease_seconds)
        self._executions: dict[str, Execution] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken: set[tuple[str, str]] = set()
        self._subscriptions: list[Subscription] = []
        self._sweeps_at = 0.0
        self._is_draining = False

    @property
    def has_held_its_lease(self) -> bool:
        """Whether its lease has been renewed in time for at least as long as a lease lasts."""
        return self._lease.has_held

    async def open(self) -> None:
        """Take a lease, listen, begin to claim."""
        await self._lease.tick()
        await self._log.start()
        self._subscriptions = [
            await self._bus.subscribe(WAKE_SUBJECT, self._on_wake, queue="workers"),
            await self._bus.subscribe(control_subject(self.id), self._on_control),
        ]
        self._lease.start()
        self.start()

    async def close(self) -> None:
        """Claim no more; give what runs `drain_seconds` to end, and hand the rest over to whoever comes."""
        self._is_draining = True
        await self.stop()
        for subscription in self._subscriptions:
            await subscription.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._settings.drain_seconds)
        for execution in self._executions.values():
            execution.stop("handed over")
        await asyncio.gather(*self._tasks)
        await self._lease.stop()
        await self._log.stop()
        await self._storage.workers.retire(self.id)

    async def tick(self) -> None:
        """Claim what waits."""
        woken, self._woken = self._woken, set()
        now = time.monotonic()
        if len(woken) > _CLAIMED_BY_ID or now >= self._sweeps_at:
            await self._sweep()
            self._sweeps_at = time.monotonic() + self.interval_seconds
        else:
            claims = [self._claim(limit=1, only=run) for run in woken if self._room > 0]
            await asyncio.gather(*claims)

    def stop_run(self, run_id: str, epoch: int) -> None:
        """The run is no longer ours under this claim: stop it, write nothing."""
        execution = self._executions.get(run_id)
        if execution is not None and execution.epoch == epoch:
            execution.stop("lost")

    def cancel_run(self, run_id: str) -> None:
        """The caller cancelled the run."""
        execution = self._executions.get(run_id)
        if execution is not None:
            execution.stop("cancelled")

    @property
    def claims(self) -> list[tuple[str, int]]:
        """The runs that it works on, each with the epoch of its claim."""
        return [(run_id, execution.epoch) for run_id, execution in self._executions.items()]

    @property
    def _room(self) -> int:
        return self._settings.concurrency - len(self._executions)

    def _on_wake(self, payload: bytes) -> None:
        self._woken.add(_woken_run(payload))
        self.hurry()

    def _on_control(self, payload: bytes) -> None:
        self.cancel_run(payload.decode())

    async def _sweep(self) -> None:
        """Claim the oldest, in batches, until nothing waits or there is no room."""
        while (limit := min(_BATCH, self._room)) > 0 and await self._claim(limit=limit) == limit:
            pass

    async def _claim(self, *, limit: int, only: tuple[str, str] | None = None) -> int:
        records = await self._storage.runs.claim(self.id, self._started, limit=limit, only=only)
        for record in records:
            self._execute(record)
        return len(records)

    def _started(self, run: Run) -> Run:
        return lifecycle.start(run, int(self._clock.now()))

    def _execute(self, record: RunRecord) -> None:
        execution = Execution(record, self._means)
        self._executions[record.run.id] = execution
        task = execution.start()
        self._tasks.add(task)
        task.add_done_callback(lambda _: self._done(record.run.id, execution, task))
        if self._is_draining:
            execution.stop("handed over")

    def _done(self, run_id: str, execution: Execution, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._executions.get(run_id) is execution:
            del self._executions[run_id]


class _Lease(Duty):
    """Renews the lease four times while it lasts, and compares what the worker owns with what it works on."""

    def __init__(self, worker: Worker, storage: Storage, lease_seconds: float) -> None:
        super().__init__(lease_seconds / 4)
        self._worker = worker
        self._storage = storage
        self._lease_seconds = lease_seconds
        self._held_since = self._renewed_at = time.monotonic()

    @property
    def has_held(self) -> bool:
        now = time.monotonic()
        is_held = now - self._renewed_at <= self._lease_seconds
        return is_held and now - self._held_since >= self._lease_seconds

    async def tick(self) -> None:
        claims = self._worker.claims
        await self._storage.workers.renew(self._worker.id, self._lease_seconds)
        now = time.monotonic()
        if now - self._renewed_at > self._lease_seconds:
            self._held_since = now  # it had run out: others may have been cut off with us
        self._renewed_at = now
        owned = {
            (run.run_id, run.epoch): run.status
            for run in await self._storage.workers.owned(self._worker.id)
        }
        for run_id, epoch in claims:
            status = owned.get((run_id, epoch))
            if status is None:
                self._worker.stop_run(run_id, epoch)
            elif status == "cancelling":
                self._worker.cancel_run(run_id)
