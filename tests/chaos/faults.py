"""Faults of a cluster, each with its end: when one of these returns, whatever was hurt is whole again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from tests.chaos.cluster import Cluster
from tests.chaos.node import Node

Fault: TypeAlias = Callable[[Cluster, random.Random], Awaitable[None]]
"""Something happens to a cluster, to what of it is chance."""
NodeFault: TypeAlias = Callable[[Cluster, Node], Awaitable[None]]
"""Something happens to this node."""
_LOST_ANSWERS: Final = 5


async def kill_worker(cluster: Cluster, chance: random.Random) -> None:
    """kill -9 of a worker, which its supervisor starts again."""
    await kill(cluster, chance.choice(cluster.workers))


async def kill_api(cluster: Cluster, chance: random.Random) -> None:
    """kill -9 of a node for the API."""
    await kill(cluster, chance.choice(cluster.apis))


async def kill_nats(cluster: Cluster, chance: random.Random) -> None:
    """kill -9 of NATS, which is away for a while."""
    await asyncio.to_thread(cluster.nats.kill)
    await asyncio.sleep(chance.uniform(0, cluster.lease_seconds))
    await asyncio.to_thread(cluster.nats.start)


async def kill_postgres(cluster: Cluster, _: random.Random) -> None:
    """kill -9 of every process of PostgreSQL, which recovers at once."""
    await asyncio.to_thread(cluster.postgres.kill)
    await asyncio.to_thread(cluster.postgres.start)


async def kill_everything(cluster: Cluster, _: random.Random) -> None:
    """kill -9 of every process there is, as if the power had failed."""
    for node in [*cluster.workers, *cluster.apis]:
        await asyncio.to_thread(node.kill)
    await asyncio.to_thread(cluster.nats.kill)
    await asyncio.to_thread(cluster.postgres.kill)
    await asyncio.to_thread(cluster.postgres.start)
    await asyncio.to_thread(cluster.nats.start)
    for node in [*cluster.workers, *cluster.apis]:
        node.start()
    await cluster.ready()


async def outlast_leases(cluster: Cluster, _: random.Random) -> None:
    """The same, but PostgreSQL is away for longer than any lease."""
    await asyncio.to_thread(cluster.postgres.kill)
    await asyncio.sleep(1.5 * cluster.lease_seconds)
    await asyncio.to_thread(cluster.postgres.start)


async def freeze_worker(cluster: Cluster, chance: random.Random) -> None:
    """A worker does nothing for longer than its lease, and then goes on as if nothing had happened."""
    await freeze(cluster, chance.choice(cluster.workers))


async def cut_worker_off(cluster: Cluster, chance: random.Random) -> None:
    """A worker cannot reach the database for longer than its lease, but everybody else."""
    await cut_off(cluster, chance.choice(cluster.workers))


async def cut_worker_off_the_bus(cluster: Cluster, chance: random.Random) -> None:
    """A worker cannot reach NATS for longer than its lease, but the database."""
    worker = chance.choice(cluster.workers)
    worker.bus_way.cut()
    await asyncio.sleep(2 * cluster.lease_seconds)
    worker.bus_way.mend()


async def lose_commit_answers(cluster: Cluster, chance: random.Random) -> None:
    """The answers to some commits of a node never come, and it does not know what became of them."""
    node = chance.choice([*cluster.workers, *cluster.apis])
    lost = node.way.lost_answers
    node.way.lose_answers(b"commit", _LOST_ANSWERS)
    for _ in range(200):
        if node.way.lost_answers >= lost + _LOST_ANSWERS:
            return
        await asyncio.sleep(0.05)


async def shift_clocks(cluster: Cluster, chance: random.Random) -> None:
    """The clocks of all nodes jump, each in another direction, by more than a lease and more than a run may take."""
    nodes = [*cluster.workers, *cluster.apis]
    for sign, node in zip((1, -1) * len(nodes), nodes, strict=False):
        node.set_clock(sign * chance.uniform(1_000, 10_000))
    await asyncio.sleep(2 * cluster.lease_seconds)
    for node in nodes:
        node.set_clock(0)


async def fail_over(cluster: Cluster, _: random.Random) -> None:
    """The database's machine dies, and its synchronous standby is the primary now."""
    await asyncio.to_thread(cluster.fail_over)


async def kill(_: Cluster, node: Node) -> None:
    """kill -9 of this node, which its supervisor starts again."""
    await asyncio.to_thread(node.kill)
    node.start()


async def freeze(cluster: Cluster, node: Node) -> None:
    """This node does nothing for longer than its lease."""
    node.freeze()
    await asyncio.sleep(2 * cluster.lease_seconds)
    node.thaw()


async def cut_off(cluster: Cluster, node: Node) -> None:
    """This node cannot reach the database for longer than its lease; frozen before, it goes on like that."""
    node.way.cut()
    node.thaw()
    await asyncio.sleep(2 * cluster.lease_seconds)
    node.way.mend()
