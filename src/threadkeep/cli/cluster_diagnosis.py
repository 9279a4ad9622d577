"""What `doctor --cluster` finds out: whether nodes that share a database can rely on it, and on each other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from statistics import median

import msgspec

from threadkeep.bus import Bus
from threadkeep.cli.diagnosis import PATIENCE_SECONDS, settings_to_look
from threadkeep.errors import SettingsError, StorageBusyError, StorageError
from threadkeep.places import is_shared, opened_contents, opened_storage, started_bus
from threadkeep.settings import Settings
from threadkeep.settings.display import without_login
from threadkeep.settings.loading import EffectiveSettings
from threadkeep.storage import Backlog, Finding, Storage, WorkerLease
from threadkeep.types.clock import SystemClock
from threadkeep.types.ids import request_id

ROUND_TRIPS = 5
SLOW_BUS_SECONDS = 0.05
SKEWED_SECONDS = 1.0
LONG_WAIT_SECONDS = 10.0
PROBE_PROJECT = "threadkeep-doctor"

ONE_PROCESS = "one file serves one process; ask that at /health/ready on its own port"
NO_BUS = "set bus to nats://…: without one, streams of other nodes' runs come seconds late"
NOT_REACHED = "see that the database runs, and that this machine reaches it"
BUS_NOT_REACHED = (
    "see that NATS runs, and that this machine reaches it; runs go on meanwhile, but begin later"
)
BUS_SLOW = "put NATS nearer to the nodes: each live event takes that long"
SKEWED = "keep clocks in step with NTP: leases go by the database's clock alone, but logs are hard to compare"
NO_WORKER = "start one with `threadkeep worker` or `threadkeep serve`: nothing moves without"
ORPHANS = "a worker that is alive rescues them within seconds; if they stay, look at its log"
OVERLOADED = "start more workers, or raise engine.concurrency"
FILES_OUT_OF_REACH = "see that this machine reaches where the bytes of files are kept"


class ClusterDiagnosis(msgspec.Struct, kw_only=True):
    """All of it. A finding with advice is a problem."""

    database: str
    bus: str
    findings: list[Finding] = []
    workers: list[WorkerLease] = []

    @property
    def problems(self) -> list[Finding]:
        """What is not as it should be."""
        return [finding for finding in self.findings if finding.advice]


async def diagnose_cluster(effective: EffectiveSettings) -> ClusterDiagnosis:
    """Look at everything that nodes share. Changes nothing, but for a probe that goes at once."""
    settings = settings_to_look(effective.settings)
    diagnosis = ClusterDiagnosis(
        database=without_login(settings.database),
        bus=without_login(settings.bus) if settings.bus else "none",
    )
    async with AsyncExitStack() as stack:
        try:
            await look_at_database(settings, diagnosis, stack)
        except StorageBusyError:
            diagnosis.findings.append(Finding("Database", "in use by another process", ONE_PROCESS))
        except StorageError as error:
            diagnosis.findings.append(Finding("Database", str(error), NOT_REACHED))
        await look_at_bus(settings, diagnosis, stack)
    return diagnosis


async def look_at_database(
    settings: Settings, diagnosis: ClusterDiagnosis, stack: AsyncExitStack
) -> None:
    """The storage itself, who works on it, what waits in it, and the bytes of files."""
    storage = await opened_storage(settings, stack)
    began_at = time.monotonic()
    await storage.check()
    took = time.monotonic() - began_at
    diagnosis.findings += [
        Finding("Database", f"read and written in {took * 1000:.0f} ms"),
        *await storage.overview.findings(),
    ]
    if is_shared(settings):
        diagnosis.findings.append(clock_finding(storage))
    diagnosis.workers = await storage.overview.leases()
    diagnosis.findings += [
        *worker_findings(diagnosis.workers),
        queue_finding(await storage.overview.backlog()),
        await contents_finding(settings, stack),
    ]


def clock_finding(storage: Storage) -> Finding:
    """How far this machine's clock is from the database's."""
    ahead = SystemClock().now() - storage.clock.now()
    way = "ahead of" if ahead > 0 else "behind"
    advice = SKEWED if abs(ahead) > SKEWED_SECONDS else ""
    return Finding("Clock", f"{abs(ahead):.2f} s {way} the database's", advice)


def worker_findings(leases: list[WorkerLease]) -> list[Finding]:
    """Who is alive, and what those left who are not. Pure."""
    alive = [lease for lease in leases if lease.seconds_left > 0]
    held = sum(lease.run_count for lease in alive)
    found = [
        Finding("Workers", f"{len(alive)} alive, with {held} runs", "" if alive else NO_WORKER)
    ]
    orphans = sum(lease.run_count for lease in leases if lease.seconds_left <= 0)
    if orphans:
        found.append(Finding("Orphaned runs", f"{orphans} of workers that are gone", ORPHANS))
    return found


def queue_finding(backlog: Backlog) -> Finding:
    """What waits for a worker. Pure."""
    waits = max(backlog.oldest_run_seconds or 0, backlog.oldest_file_seconds or 0)
    result = f"{backlog.run_count} runs and {backlog.file_count} files wait"
    if waits:
        result += f", the oldest for {waits:.0f} s"
    return Finding("Queue", result, OVERLOADED if waits > LONG_WAIT_SECONDS else "")


async def contents_finding(settings: Settings, stack: AsyncExitStack) -> Finding:
    """Whether bytes of files can be kept, read and deleted: with a file that nobody asked for."""
    what, probe = "File contents", request_id()

    async def parts() -> AsyncGenerator[bytes]:
        yield b"probe"

    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            contents = await opened_contents(settings, stack)
            await contents.write(PROBE_PROJECT, probe, parts(), limit=5)
            async with aclosing(contents.read(PROBE_PROJECT, probe)) as reading:
                read = b"".join([part async for part in reading])
            await contents.delete(PROBE_PROJECT, probe)
    except (StorageError, TimeoutError) as error:
        return Finding(what, str(error) or "no answer in time", FILES_OUT_OF_REACH)
    is_same = read == b"probe"
    result = "kept, read and deleted" if is_same else "read back as something else"
    return Finding(what, result, "" if is_same else FILES_OUT_OF_REACH)


async def look_at_bus(
    settings: Settings, diagnosis: ClusterDiagnosis, stack: AsyncExitStack
) -> None:
    """Whether nodes hear each other, and how fast."""
    if settings.bus is None:
        advice = NO_BUS if is_shared(settings) else ""
        diagnosis.findings.append(Finding("Bus", "none outside the process", advice))
        return
    try:
        bus = await started_bus(settings, stack)
        seconds = await round_trip(bus)
    except SettingsError as error:
        diagnosis.findings.append(Finding("Bus", "cannot be used", str(error)))
    except TimeoutError:
        diagnosis.findings.append(Finding("Bus", "no answer in time", BUS_NOT_REACHED))
    else:
        advice = BUS_SLOW if seconds > SLOW_BUS_SECONDS else ""
        result = f"there and back in {seconds * 1000:.1f} ms"
        diagnosis.findings.append(Finding("Bus", result, advice))


async def round_trip(bus: Bus) -> float:
    """How long a payload takes to the bus and back, in seconds. Raises `TimeoutError`."""
    subject, returned = f"doctor.{request_id()}", asyncio.Event()
    async with asyncio.timeout(PATIENCE_SECONDS):
        subscription = await bus.subscribe(subject, lambda _: returned.set())
        took: list[float] = []
        for _ in range(1 + ROUND_TRIPS):
            began_at = time.monotonic()
            bus.publish(subject, b"")
            await returned.wait()
            returned.clear()
            took.append(time.monotonic() - began_at)
        await subscription.cancel()
    return median(took[1:])  # the first one may have waited for the connection
