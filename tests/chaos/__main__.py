"""The long versions of the fault tests, one after the other; each ends with a table, or with what went wrong.

recovery: from the last event of a run before its worker was lost to the first after it.
gap: the longest time without an event that the watcher of a run had, its reconnections included.
cancel: from the request to the event that the run is cancelled, whatever happened in between.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.chaos.caller import Caller
from tests.chaos.cluster import Cluster
from tests.chaos.embedded import EmbeddedServer, kill_again_and_again
from tests.chaos.faults import Fault
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load
from tests.chaos.mixed import WEIGHTS, mix
from tests.chaos.report import report
from tests.chaos.script import Script
from tests.support.scripted_model import ScriptedModel

Hurt = Callable[[Load], Awaitable[Counter[str]]]
QUIET_SECONDS = 20.0


async def tried(title: str, caller: Caller, seed: int, hurt: Hurt) -> None:
    """Hold a load while it is hurt, see that everything was kept, and print what was measured."""
    began = time.monotonic()
    async with Load(caller, seed=seed) as load:
        happened = await hurt(load)
        await load.finish(seconds=90)
    seconds = time.monotonic() - began
    await check_kept(load.ledger, caller)
    print(report(title, load.ledger, seconds, happened), flush=True)


async def embedded(flags: argparse.Namespace) -> None:
    """kill -9 of the embedded server, again and again."""
    with ScriptedModel() as model, tempfile.TemporaryDirectory() as folder:
        model.answer(Script())
        server = EmbeddedServer(Path(folder), model.base_url)
        await server.start()
        try:
            async with calls([server.url]) as caller:

                async def hurt(load: Load) -> Counter[str]:
                    await kill_again_and_again(server, load, flags.embedded_kills, seed=flags.seed)
                    return Counter(kills=flags.embedded_kills)

                await tried("The embedded server on SQLite", caller, flags.seed, hurt)
        finally:
            await server.kill()


async def clustered(flags: argparse.Namespace) -> None:
    """A cluster: in peace, with each fault by itself, and with all of them."""
    with ScriptedModel() as model, tempfile.TemporaryDirectory() as folder:
        model.answer(Script())
        cluster = Cluster(
            Path(folder), model.base_url, workers=3, lease_seconds=flags.lease_seconds
        )
        try:
            await cluster.start()
            async with calls(cluster.urls) as caller:
                await tried("The cluster in peace", caller, flags.seed, in_peace)
                for fault in WEIGHTS if flags.each else ():
                    again = repeated(fault, cluster, flags)
                    title = f"The cluster, {fault.__name__.replace('_', ' ')}"
                    await tried(title, caller, flags.seed, again)
                mixed = mixture(cluster, flags)
                await tried("The cluster with all faults", caller, flags.seed, mixed)
        except BaseException:
            print(cluster.output, file=sys.stderr)
            raise
        finally:
            await cluster.stop()


async def in_peace(_: Load) -> Counter[str]:
    """Nothing happens."""
    await asyncio.sleep(QUIET_SECONDS)
    return Counter()


def repeated(fault: Fault, cluster: Cluster, flags: argparse.Namespace) -> Hurt:
    """The fault, again and again."""

    async def hurt(load: Load) -> Counter[str]:
        chance = random.Random(flags.seed)
        for _ in range(flags.each):
            await cluster.ready()
            await load.reach(ended=5)
            await fault(cluster, chance)
            await load.reach(ended=5)
        return Counter({fault.__name__: flags.each})

    return hurt


def mixture(cluster: Cluster, flags: argparse.Namespace) -> Hurt:
    """All faults, for as long as was asked for."""
    return lambda load: mix(
        cluster, load, kills=flags.kills, minutes=flags.minutes, seed=flags.seed
    )


@asynccontextmanager
async def calls(urls: list[str]) -> AsyncIterator[Caller]:
    """A caller, for a while."""
    caller = Caller(urls, patience_seconds=60)
    try:
        yield caller
    finally:
        await caller.close()


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="in the mix, at most  [1000]")
    parser.add_argument("--minutes", type=float, default=45, help="of the mix, at most  [45]")
    parser.add_argument("--each", type=int, default=10, help="of each fault by itself  [10]")
    parser.add_argument("--embedded-kills", type=int, default=200, help="[200]")
    parser.add_argument("--lease-seconds", type=float, default=5.0, help="[5]")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance  [1]")
    flags = parser.parse_args()
    if flags.embedded_kills:
        asyncio.run(embedded(flags))
    if flags.kills:
        asyncio.run(clustered(flags))


if __name__ == "__main__":
    main()
