"""A lease as its node sees it: when it is held, and when what others let run out has really run out."""

import pytest

from threadkeep.engine.lease import Lease
from threadkeep.storage.sqlite import SQLiteStorage

SECONDS = 8.0


class Stopwatch:
    """Stands still until the test moves it."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def stopwatch(monkeypatch):
    stopwatch = Stopwatch()
    monkeypatch.setattr("threadkeep.engine.lease.time", stopwatch)
    return stopwatch


@pytest.fixture
async def storage():
    storage = SQLiteStorage(":memory:")
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def lease(storage, stopwatch):
    async def nothing():
        pass

    lease = Lease(storage, "worker-1", SECONDS, nothing)
    await lease.tick()
    return lease


async def renew_for(lease, stopwatch, seconds):
    """Renew it in time for so long."""
    for _ in range(int(seconds / lease.interval_seconds)):
        stopwatch.now += lease.interval_seconds
        await lease.tick()


def delay_renewals(monkeypatch, storage, stopwatch, seconds):
    """Let each renewal take so long, as in an outage that the storage waits out."""
    renew = storage.workers.renew

    async def slow(*args):
        stopwatch.now += seconds
        await renew(*args)

    monkeypatch.setattr(storage.workers, "renew", slow)


async def test_it_is_renewed_four_times_while_it_lasts(lease):
    assert lease.interval_seconds == SECONDS / 4


async def test_it_is_held_from_the_first_renewal_until_it_runs_out(lease, stopwatch):
    assert lease.is_held
    stopwatch.now += SECONDS - 0.1
    assert lease.is_held
    stopwatch.now += 0.2
    assert not lease.is_held
    assert lease.silent_seconds == pytest.approx(SECONDS + 0.1)


async def test_it_has_been_held_once_it_was_renewed_in_time_for_as_long_as_it_lasts(
    lease, stopwatch
):
    await renew_for(lease, stopwatch, SECONDS - lease.interval_seconds)
    assert not lease.has_been_held
    await renew_for(lease, stopwatch, lease.interval_seconds)
    assert lease.has_been_held


async def test_it_has_not_been_held_while_the_next_renewal_is_late(lease, stopwatch):
    await renew_for(lease, stopwatch, SECONDS)
    stopwatch.now += SECONDS * 5 / 8 + 0.1
    assert lease.is_held
    assert not lease.has_been_held


@pytest.mark.parametrize("outage", [0.7 * SECONDS, 3 * SECONDS])
async def test_after_an_outage_in_which_others_may_have_lost_theirs_it_is_to_be_held_anew(
    lease, stopwatch, storage, monkeypatch, outage
):
    await renew_for(lease, stopwatch, SECONDS)

    with monkeypatch.context() as patch:
        delay_renewals(patch, storage, stopwatch, outage)
        await lease.tick()
    await lease.tick()

    assert lease.is_held
    assert not lease.has_been_held
    await renew_for(lease, stopwatch, SECONDS)
    assert lease.has_been_held


async def test_a_renewal_that_takes_a_little_longer_changes_nothing(
    lease, stopwatch, storage, monkeypatch
):
    await renew_for(lease, stopwatch, SECONDS)
    delay_renewals(monkeypatch, storage, stopwatch, 0.1 * SECONDS)

    await lease.tick()

    assert lease.has_been_held
