"""What waits to be sent."""

from __future__ import annotations

import asyncio

import pytest

from threadkeep.bus.nats.outbox import Outbox, Parcel

KILOBYTE = bytes(1024)


def parcels(count: int) -> list[Parcel]:
    return [Parcel(f"subject.{number}", KILOBYTE) for number in range(count)]


async def test_parcels_come_out_in_their_order():
    outbox = Outbox()
    outbox.open()
    for parcel in parcels(1_000):
        outbox.put(parcel)

    taken: list[Parcel] = []
    while len(taken) < 1_000:
        taken += await outbox.take()

    assert taken == parcels(1_000)


async def test_whoever_takes_waits_for_the_first_one():
    outbox = Outbox()
    outbox.open()
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)

    outbox.put(Parcel("subject", b""))

    assert await taking == [Parcel("subject", b"")]


async def test_beyond_its_limit_the_oldest_are_dropped_and_counted(
    caplog: pytest.LogCaptureFixture,
):
    outbox = Outbox(limit_bytes=10 * 1024)
    outbox.open()
    for parcel in parcels(100):
        outbox.put(parcel)

    taken = await outbox.take()

    assert taken == parcels(100)[-len(taken) :]
    assert 0 < len(taken) <= 10
    outbox.tell_dropped()
    outbox.tell_dropped()
    assert [record.args for record in caplog.records] == [(100 - len(taken),)]


async def test_the_newest_waits_however_large_it_is():
    outbox = Outbox(limit_bytes=100)
    outbox.open()
    for parcel in parcels(3):
        outbox.put(parcel)

    assert await outbox.take() == parcels(3)[-1:]


async def test_a_closed_outbox_holds_nothing():
    outbox = Outbox()
    outbox.put(Parcel("before", b""))
    outbox.open()
    outbox.put(Parcel("meanwhile", b""))
    outbox.close()
    outbox.put(Parcel("after", b""))
    outbox.open()
    outbox.put(Parcel("again", b""))

    assert await outbox.take() == [Parcel("again", b"")]
