"""Worker: claims queued runs, executes them, and holds the lease that says it is alive."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias

from threadkeep.bus import Bus, Subscription
from threadkeep.engine import lifecycle
from threadkeep.engine.duty import Duty
from threadkeep.engine.event_log import EventLog
from threadkeep.engine.executor import Execution, Means, StopReason
from threadkeep.engine.images import Images
from threadkeep.engine.lease import Lease
from threadkeep.engine.signals import WAKE_SUBJECT, control_subject, woken_run
from threadkeep.engine.strays import Claim, Strays
from threadkeep.errors import StorageError
from threadkeep.inference import ChatModel
from threadkeep.settings import EngineSettings
from threadkeep.storage import RunOwnership, RunRecord, Storage
from threadkeep.telemetry import Telemetry
from threadkeep.tools import ServerTool
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.message import Message
from threadkeep.types.run import Run

logger = logging.getLogger(__name__)

_ClaimCall: TypeAlias = Callable[[], Awaitable[list[RunRecord]]]
_CLAIMED_BY_ID: Final = 8
"""Up to so many runs are claimed one by one as their wake-ups come; beyond that a sweep is cheaper."""
_BATCH: Final = 100
_NODE_CHARACTERS: Final = 40
_GIVEN_UP_LEASES: Final = 12
"""After so many leases without the storage nothing can be saved: whoever can reach it has the runs by then."""


def new_worker_id(node: str) -> str:
    """An id that no other worker ever has, and that says on which node this one is; a word as the bus has them."""
    place = re.sub(r"[^A-Za-z0-9]+", "-", node).strip("-")[:_NODE_CHARACTERS]
    return "_".join(["worker", *([place] if place else []), secrets.token_hex(8)])


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
        telemetry: Telemetry,
        node: str,
    ) -> None:
        super().__init__(settings.sweep_seconds)
        self.id = new_worker_id(node)
        self._storage = storage
        self._bus = bus
        self._settings = settings
        self._clock = clock
        self.log = EventLog(bus, self.id, telemetry.metrics)
        self._means = Means(
            storage, bus, images, chat_model, server_tools, self.log, ids, clock, telemetry
        )
        self.lease = Lease(storage, self.id, settings.lease_seconds, self._compare)
        self._watch = _Watch(self)
        self._executions: dict[str, Execution] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._claiming: dict[asyncio.Task[int], float] = {}
        self._coming = 0
        """How many runs may be claimed by then."""
        self._strays = Strays()
        self._woken: set[tuple[str, str]] = set()
        self._waking: Subscription | None = None
        self._control: Subscription | None = None
        self._sweeps_at = 0.0
        self._is_draining = False

    async def open(self) -> None:
        """Take a lease, listen, begin to claim."""
        await self.lease.tick()
        await self.log.start()
        self._control = await self._bus.subscribe(control_subject(self.id), self._on_control)
        self._waking = await self._bus.subscribe(WAKE_SUBJECT, self._on_wake, queue="workers")
        self.lease.start()
        self._watch.start()
        self.start()

    async def drain(self) -> None:
        """Claim no more; give what runs `drain_seconds` to end, and hand the rest over to other nodes."""
        if self._is_draining:
            return
        self._is_draining = True
        if self._waking is not None:
            await self._waking.cancel()
        await self.stop()
        await self._ended(self._settings.drain_seconds)
        self._stop_all("handed over")
        await self._ended(self.lease.seconds)  # to write that

    async def close(self) -> None:
        """Drain, leave what the storage would not take, and let go of the lease."""
        await self.drain()
        for task in self._claiming:
            task.cancel()
        self.give_up()
        await self._ended(self.lease.seconds)
        await self._watch.stop()
        await self.lease.stop()
        if self._control is not None:
            await self._control.cancel()
        await self.log.stop()
        with suppress(StorageError, TimeoutError):  # else it runs out by itself
            async with asyncio.timeout(self.lease.seconds):
                await self._storage.workers.retire(self.id)

    async def tick(self) -> None:
        """Claim what waits, but not without a lease: it would be taken away at once."""
        if not self.lease.is_held:
            return
        woken, self._woken = self._woken, set()
        now = time.monotonic()
        if len(woken) > _CLAIMED_BY_ID or now >= self._sweeps_at:
            await self._sweep()
            self._sweeps_at = time.monotonic() + self.interval_seconds
        else:
            claims = [self._claim(limit=1, only=run) for run in woken if self._room > 0]
            await asyncio.gather(*claims)

    @property
    def has_room(self) -> bool:
        """Whether it can take a run now."""
        is_at_work = self._waking is not None and not self._is_draining
        return is_at_work and self.lease.is_held and self._room > 0

    async def take(
        self,
        queued: RunRecord,
        keep: Callable[[RunRecord], Awaitable[RunRecord | None]],
        said: Sequence[Message] | None = None,
    ) -> bool:
        """Execute a run that `keep` writes as one that this worker has claimed; False if it could not be written.

        `said` is all that its thread holds, where that is known.
        """
        claimed = queued.claimed(self.id, self._started)

        async def claim() -> list[RunRecord]:
            kept = await keep(claimed)
            return [] if kept is None else [kept]

        return await self._executed(claim, 1, said) == 1

    @property
    def may_rescue(self) -> bool:
        """Whether this node may take what others let go. To be asked again after looking what that is.

        Nobody shares an exclusive storage, so that all that matters there is that its own lease has not run out.
        """
        return self.lease.is_held if self._storage.exclusive else self.lease.has_been_held

    def give_up(self) -> None:
        """Stop everything at once and write nothing."""
        self._stop_all("cut off")

    def take_strays(self) -> list[RunOwnership]:
        """Runs that the storage says it has, and that it does not work on: somebody has to rescue them."""
        return self._strays.take()

    @property
    def _room(self) -> int:
        return self._settings.concurrency - len(self._executions) - self._coming

    def _on_wake(self, payload: bytes) -> None:
        self._woken.add(woken_run(payload))
        self.hurry()

    def _on_control(self, payload: bytes) -> None:
        if (execution := self._executions.get(payload.decode())) is not None:
            execution.stop("cancelled")

    async def _sweep(self) -> None:
        """Claim the oldest, in batches, until nothing waits or there is no room."""
        while (limit := min(_BATCH, self._room)) > 0 and await self._claim(limit=limit) == limit:
            pass

    async def _claim(self, *, limit: int, only: tuple[str, str] | None = None) -> int:
        """How many runs were claimed."""
        claim = partial(self._storage.runs.claim, self.id, self._started, limit=limit, only=only)
        return await self._executed(claim, limit)

    async def _executed(
        self, claim: _ClaimCall, limit: int, said: Sequence[Message] | None = None
    ) -> int:
        """How many runs were claimed. Also if nobody waits for it any more, what was claimed is executed."""
        self._coming += limit
        task = asyncio.create_task(self._claimed(claim, limit, said))
        self._claiming[task] = time.monotonic()
        task.add_done_callback(self._answered)
        return await asyncio.shield(task)

    def _answered(self, task: asyncio.Task[int]) -> None:
        del self._claiming[task]
        if not task.cancelled():
            task.exception()  # told to whoever waits, if anybody still does

    async def _claimed(self, claim: _ClaimCall, limit: int, said: Sequence[Message] | None) -> int:
        try:
            records = await claim()
        finally:
            self._coming -= limit
        for record in records:
            self._execute(record, said)
        return len(records)

    def _started(self, run: Run) -> Run:
        return lifecycle.start(run, int(self._clock.now()))

    def _execute(self, record: RunRecord, said: Sequence[Message] | None) -> None:
        if (older := self._executions.get(record.run.id)) is not None:
            older.stop("lost")  # it had not heard yet that its claim is over
        execution = Execution(record, self._means, said)
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

    async def _compare(self) -> None:
        """Compare what the worker owns with what it works on."""
        now, known = time.monotonic(), self._claims
        owned = {(r.run_id, r.epoch): r for r in await self._storage.workers.owned(self.id)}
        for claim in known:
            if claim not in owned:
                self._stop_claim(claim, "lost")
            elif owned[claim].status == "cancelling":
                self._stop_claim(claim, "cancelled")
        unknown = owned.keys() - known - self._claims
        oldest_claim = min(self._claiming.values(), default=None)
        self._strays.look({claim: owned[claim] for claim in unknown}, now, oldest_claim)

    @property
    def _claims(self) -> set[Claim]:
        """The runs that it works on, each with the epoch of its claim."""
        return {(run_id, execution.epoch) for run_id, execution in self._executions.items()}

    def _stop_claim(self, claim: Claim, reason: StopReason) -> None:
        run_id, epoch = claim
        execution = self._executions.get(run_id)
        if execution is not None and execution.epoch == epoch:
            execution.stop(reason)

    def _stop_all(self, reason: StopReason) -> None:
        for execution in self._executions.values():
            execution.stop(reason)

    async def _ended(self, seconds: float) -> None:
        """Return once nothing is claimed or executed any more, but after so long at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while pending := {*self._tasks, *self._claiming}:
                    await asyncio.wait(pending)


class _Watch(Duty):
    """Looks whether the worker is cut off from the storage: its lease is waiting for the storage then."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker.lease.interval_seconds)
        self._worker = worker

    async def tick(self) -> None:
        """Give up what cannot be saved, so that the chat model does not talk to nobody."""
        if self._worker.lease.silent_seconds > _GIVEN_UP_LEASES * self._worker.lease.seconds:
            self._worker.give_up()
