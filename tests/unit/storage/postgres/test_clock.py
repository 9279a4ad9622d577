"""The storage's clock is the database's, whatever becomes of the machine's own."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.storage.postgres import PostgresStorage, clock
from threadkeep.storage.postgres.clock import DatabaseClock


class Road:
    """A machine's steady clock, and how long an answer of the database takes."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch) -> Road:
    road = Road()
    monkeypatch.setattr(clock.time, "monotonic", road.monotonic)
    return road


def test_it_goes_on_from_what_the_database_said(road: Road):
    estimate = DatabaseClock()

    estimate.hear(5_000.0, asked_at=road.now)
    road.now += 2.5

    assert estimate.now() == 5_002.5


def test_a_slow_answer_is_taken_to_be_from_the_middle_of_the_way(road: Road):
    estimate = DatabaseClock()
    asked_at = road.now
    road.now += 0.4

    estimate.hear(5_000.0, asked_at)

    assert estimate.now() == pytest.approx(5_000.2)


def test_it_follows_a_database_that_was_set_to_another_time(road: Road):
    estimate = DatabaseClock()
    estimate.hear(5_000.0, asked_at=road.now)

    estimate.hear(4_000.0, asked_at=road.now)

    assert estimate.now() == 4_000.0


@given(delays=st.lists(st.floats(0, 0.2), min_size=1, max_size=20))
def test_it_never_goes_back_because_an_answer_was_slow(delays: list[float]):
    with pytest.MonkeyPatch.context() as patch:
        road = Road()
        patch.setattr(clock.time, "monotonic", road.monotonic)
        estimate = DatabaseClock()
        estimate.hear(5_000.0, asked_at=road.now)
        for delay in delays:
            before, asked_at = estimate.now(), road.now
            said = 5_000.0 + (road.now - 1_000.0) + delay
            road.now += delay
            estimate.hear(said, asked_at)
            assert estimate.now() >= before


async def test_a_machine_whose_clock_is_wrong_has_the_databases_time(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
):
    true_now = time.time()
    monkeypatch.setattr(time, "time", lambda: 42.0)
    storage = PostgresStorage(postgres_dsn)

    await storage.open()

    assert storage.clock.now() == pytest.approx(true_now, abs=30)
    await storage.workers.renew("worker-1", 5)
    assert await storage.runs.orphans(10) == []
    await storage.close()
