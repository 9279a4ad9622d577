"""Live events through NATS between two processes, beside bare nats-py: latency, and CPU for an event at either end."""

from __future__ import annotations

import asyncio
import json
import secrets
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from statistics import median, quantiles
from subprocess import PIPE
from typing import NamedTuple

import nats
from nats.aio.msg import Msg

from bench.measuring import ROUNDS, own_cpu
from tests.support.nats_server import NatsServer
from threadkeep.bus.nats import NatsBus
from threadkeep.engine.event_log import Frame, RunEvent, events_of, events_subject
from threadkeep.server.event_loop import loop_factory

RUNS = 500
PER_SECOND = 10_000
SECONDS = 2.0
DATA = 190
STAMP = struct.Struct(">d")
END = "end"

Publish = Callable[[str, bytes], Awaitable[None]]
Deliver = Callable[[bytes], None]
Subscribe = Callable[[str, Deliver], Awaitable[None]]


class End(NamedTuple):
    """One end of the way of an event."""

    publish: Publish
    subscribe: Subscribe
    settle: Callable[[], Awaitable[None]]


@asynccontextmanager
async def ours(url: str, prefix: str) -> AsyncIterator[End]:
    """The bus."""
    bus = NatsBus(url, prefix=prefix)
    await bus.start()

    async def publish(subject: str, payload: bytes) -> None:
        bus.publish(subject, payload)

    async def subscribe(subject: str, deliver: Deliver) -> None:
        await bus.subscribe(subject, deliver)

    async def settle() -> None:
        """Each subscription of the bus has settled by itself."""

    yield End(publish, subscribe, settle)
    await bus.stop()


@asynccontextmanager
async def bare(url: str, prefix: str) -> AsyncIterator[End]:
    """Nothing but nats-py."""
    client = await nats.connect(url)

    async def publish(subject: str, payload: bytes) -> None:
        await client.publish(f"{prefix}.{subject}", payload)

    async def subscribe(subject: str, deliver: Deliver) -> None:
        async def handle(message: Msg) -> None:
            deliver(message.data)

        await client.subscribe(f"{prefix}.{subject}", cb=handle)

    async def settle() -> None:
        for _ in range(2):  # the first PING may go out before the last subscription
            await client.flush()

    yield End(publish, subscribe, settle)
    await client.close()


KINDS = {"bare nats-py": bare, "threadkeep": ours}


class Figures(NamedTuple):
    """Of one round: milliseconds from publish to deliver, and CPU seconds for an event."""

    p50: float
    p99: float
    publishing: float
    listening: float
    share: float


async def listen(kind: str, url: str, prefix: str) -> None:
    """The process that listens: tells that it does, and in the end what it saw."""
    delays: list[float] = []
    ended = asyncio.Event()

    def deliver(payload: bytes) -> None:
        (event,) = events_of(payload)
        delays.append(time.perf_counter() - STAMP.unpack_from(event.data)[0])

    async with KINDS[kind](url, prefix) as end:
        for number in range(RUNS):
            await end.subscribe(events_subject(f"run_{number}"), deliver)
        await end.subscribe(END, lambda _: ended.set())
        await end.settle()
        print("listening", flush=True)
        before = own_cpu()
        await ended.wait()
        seen = {
            "cpu": own_cpu() - before,
            "count": len(delays),
            "centiles": quantiles(delays, n=100),
        }
    print(json.dumps(seen), flush=True)


async def tell(end: End) -> tuple[int, float]:
    """Publish the events of all runs, evenly; how many, and their CPU seconds."""
    filler = bytes(DATA - STAMP.size)
    count = int(PER_SECOND * SECONDS)
    subjects = [events_subject(f"run_{number}") for number in range(RUNS)]
    began, before = time.perf_counter(), own_cpu()
    told = 0
    while told < count:
        due = min(count, int((time.perf_counter() - began) * PER_SECOND) + 1)
        for number in range(told, due):
            data = STAMP.pack(time.perf_counter()) + filler
            event = RunEvent(1, number // RUNS, "thread.message.delta", data)
            await end.publish(subjects[number % RUNS], bytes(Frame([event])))
        told = due
        await asyncio.sleep(0.001)
    return count, own_cpu() - before


async def one_round(kind: str, url: str) -> Figures:
    """One round, with the listening process new."""
    prefix = f"bench-{secrets.token_hex(4)}"
    command = [sys.executable, "-m", "bench.bus", kind, url, prefix]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    async with KINDS[kind](url, prefix) as end:
        count, cpu = await tell(end)
        await asyncio.sleep(0.5)
        await end.publish(END, b"")
        seen = json.loads(await process.stdout.readline())
    await process.wait()
    centiles = [delay * 1e3 for delay in seen["centiles"]]
    share = seen["count"] / count
    return Figures(centiles[49], centiles[98], cpu / count, seen["cpu"] / count, share)


def middle(rounds: list[Figures]) -> Figures:
    """The median of each."""
    return Figures(*(median(values) for values in zip(*rounds, strict=True)))


async def _bench() -> None:
    server = NatsServer()
    rounds: dict[str, list[Figures]] = {kind: [] for kind in KINDS}
    try:
        for number in range(ROUNDS + 1):
            for kind in KINDS:
                figures = await one_round(kind, server.url)
                if number:
                    rounds[kind].append(figures)
    finally:
        server.close()
    print(f"\n{PER_SECOND:,} events a second of {RUNS} runs through NATS, process to process")
    print(
        f"{'':22}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs pub':>12}{'CPU µs sub':>12}{'ratio':>8}{'came':>8}"
    )
    floor = middle(rounds["bare nats-py"])
    for kind, taken in rounds.items():
        f = middle(taken)
        ratio = (f.publishing + f.listening) / (floor.publishing + floor.listening)
        cpu = f"{f.publishing * 1e6:12.1f}{f.listening * 1e6:12.1f}{ratio:8.2f}"
        print(f"  {kind:20}{f.p50:9.2f}{f.p99:9.2f}{cpu}{f.share:8.1%}", flush=True)


def _run(work: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(work)


def bench() -> None:
    """Print the table."""
    _run(_bench())


if __name__ == "__main__":
    _run(listen(*sys.argv[1:4]))
