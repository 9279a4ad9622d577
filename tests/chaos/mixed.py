"""A mix of all faults: one after the other, and now and then several at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from typing import Final

from tests.chaos import faults
from tests.chaos.cluster import Cluster
from tests.chaos.faults import Fault
from tests.chaos.load import Load

WEIGHTS: Final[dict[Fault, int]] = {
    faults.kill_worker: 50,
    faults.kill_api: 30,
    faults.kill_nats: 5,
    faults.kill_postgres: 5,
    faults.freeze_worker: 4,
    faults.cut_worker_off: 2,
    faults.cut_worker_off_the_bus: 1,
    faults.lose_commit_answers: 1,
    faults.outlast_leases: 1,
    faults.kill_everything: 1,
}
"""How often each happens, of a hundred."""
KILLS: Final = frozenset(fault for fault in WEIGHTS if fault.__name__.startswith(("kill", "out")))
_LONGEST_PAUSE_SECONDS: Final = 1.5


async def mix(
    cluster: Cluster, load: Load, *, kills: int, minutes: float, seed: int
) -> Counter[str]:
    """Let faults happen until there were so many kills, or for so long; how often each happened."""
    chance = random.Random(seed)
    over_at = time.monotonic() + 60 * minutes
    happened: Counter[str] = Counter()
    while time.monotonic() < over_at and _killed(happened) < kills:
        [fault] = chance.choices([*WEIGHTS], [*WEIGHTS.values()])
        await fault(cluster, chance)
        happened[fault.__name__] += 1
        await asyncio.sleep(chance.uniform(0, _LONGEST_PAUSE_SECONDS))
        await load.reach(ended=1)
    return happened


def _killed(happened: Counter[str]) -> int:
    return sum(happened[fault.__name__] for fault in KILLS)
