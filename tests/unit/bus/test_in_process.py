"""What the in-process bus promises beyond the contract."""

from __future__ import annotations

import asyncio
import logging
from typing import NoReturn

import pytest

from threadkeep.bus.in_process import InProcessBus


@pytest.fixture
async def bus() -> InProcessBus:
    bus = InProcessBus()
    await bus.start()
    return bus


async def test_all_that_was_published_is_delivered_in_the_next_pass_of_the_event_loop(
    bus: InProcessBus,
):
    seen: list[bytes] = []
    await bus.subscribe("subject", seen.append)
    for payload in (b"1", b"2", b"3"):
        bus.publish("subject", payload)

    await asyncio.sleep(0)

    assert seen == [b"1", b"2", b"3"]


async def test_the_members_of_a_queue_take_turns(bus: InProcessBus):
    seen: list[str] = []
    for name in ("first", "second", "third"):
        await bus.subscribe("wake", lambda _, name=name: seen.append(name), queue="workers")

    for _ in range(6):
        bus.publish("wake", b"")
    await asyncio.sleep(0)

    assert seen == ["first", "second", "third"] * 2


async def test_a_subscription_cancelled_before_the_delivery_gets_nothing(bus: InProcessBus):
    seen: list[bytes] = []
    subscription = await bus.subscribe("subject", seen.append)
    bus.publish("subject", b"payload")

    await subscription.cancel()
    await asyncio.sleep(0)

    assert seen == []


async def test_a_payload_waits_for_no_member_that_has_left(bus: InProcessBus):
    seen: list[bytes] = []
    leaving = await bus.subscribe("wake", lambda _: pytest.fail("has left"), queue="workers")
    await bus.subscribe("wake", seen.append, queue="workers")
    bus.publish("wake", b"payload")

    await leaving.cancel()
    await asyncio.sleep(0)

    assert seen == [b"payload"]


async def test_a_listener_that_publishes_for_ever_does_not_stop_the_event_loop(bus: InProcessBus):
    rounds = 0

    def again(payload: bytes) -> None:
        nonlocal rounds
        rounds += 1
        bus.publish("subject", payload)

    await bus.subscribe("subject", again)
    bus.publish("subject", b"payload")
    for _ in range(5):
        await asyncio.sleep(0)

    assert rounds == 5


async def test_a_fault_in_a_listener_is_logged(bus: InProcessBus, caplog: pytest.LogCaptureFixture):
    def fail(payload: bytes) -> NoReturn:
        raise RuntimeError(payload.decode())

    await bus.subscribe("subject", fail)
    await bus.serve("subject", fail)
    with caplog.at_level(logging.ERROR):
        bus.publish("subject", b"a fault")
        await asyncio.sleep(0)
        await bus.request("subject", b"another", timeout=1)

    assert "a fault" in caplog.text
    assert "A request on subject could not be answered." in caplog.text
