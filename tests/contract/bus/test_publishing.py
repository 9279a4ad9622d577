"""How every bus carries payloads to those that listen.

A bus never delivers inside `publish`: not even the one in the process, so that no code comes to rely on it.
"""

from __future__ import annotations

from tests.support.buses import Ends, Inbox
from threadkeep.bus import SMALL_BYTES


async def everything_is_delivered(ends: Ends) -> None:
    """Return once all that was published here before has reached whoever was to get it."""
    inbox = Inbox()
    subscription = await ends.there.subscribe("marker", inbox.deliver)
    ends.here.publish("marker", b"marker")
    await inbox.until(b"marker")
    await subscription.cancel()


async def test_a_payload_reaches_all_that_listen_byte_for_byte(ends: Ends):
    inboxes = [Inbox(), Inbox()]
    for inbox in inboxes:
        await ends.there.subscribe("ev.run_1", inbox.deliver)
    payload = bytes(range(256)) * 400

    ends.here.publish("ev.run_1", payload)
    ends.here.publish("ev.run_1", b"")
    ends.here.publish("ev.run_1", b"end")

    for inbox in inboxes:
        assert await inbox.until(b"end") == [payload, b""]


async def test_payloads_of_megabytes_come_whole_and_in_their_order(ends: Ends):
    inbox = Inbox()
    await ends.there.subscribe("ev.run_1", inbox.deliver)
    payloads = [bytes([number]) * size for number, size in enumerate((10, 5_000_000, 0, 3_000_000))]

    for payload in payloads:
        ends.here.publish("ev.run_1", payload)
    ends.here.publish("ev.run_1", b"end")

    assert await inbox.until(b"end") == payloads


async def test_what_is_small_reaches_a_queue(ends: Ends):
    inbox = Inbox()
    for _ in range(3):
        await ends.there.subscribe("wake", inbox.deliver, queue="workers")

    for _ in range(20):
        ends.here.publish("wake", bytes(SMALL_BYTES))

    ends.here.publish("wake", b"end")
    assert await inbox.until(b"end") == [bytes(SMALL_BYTES)] * 20


async def test_payloads_come_in_the_order_in_which_they_were_published(ends: Ends):
    inbox = Inbox()
    await ends.there.subscribe("ev.run_1", inbox.deliver)
    payloads = [str(number).encode() for number in range(1_000)]

    for payload in payloads:
        ends.here.publish("ev.run_1", payload)
    ends.here.publish("ev.run_1", b"end")

    assert await inbox.until(b"end") == payloads


async def test_a_subject_is_taken_to_the_letter(ends: Ends):
    inbox = Inbox()
    await ends.there.subscribe("ev.run_1", inbox.deliver)

    for other in ("ev", "ev.run", "ev.run_1.x", "ev.run_12", "EV.run_1"):
        ends.here.publish(other, b"for somebody else")
    ends.here.publish("ev.run_1", b"end")

    assert await inbox.until(b"end") == []


async def test_nothing_is_delivered_inside_publish(ends: Ends):
    inbox = Inbox()
    await ends.there.subscribe("ev.run_1", inbox.deliver)

    ends.here.publish("ev.run_1", b"end")

    assert inbox.is_empty
    await inbox.until(b"end")


async def test_what_nobody_listens_to_is_lost(ends: Ends):
    inbox = Inbox()
    ends.here.publish("ev.run_1", b"too early")
    await everything_is_delivered(ends)

    await ends.there.subscribe("ev.run_1", inbox.deliver)
    ends.here.publish("ev.run_1", b"end")

    assert await inbox.until(b"end") == []


async def test_of_a_queue_each_payload_reaches_one(ends: Ends):
    workers = [Inbox(), Inbox(), Inbox()]
    watcher = Inbox()
    for worker in workers:
        await ends.there.subscribe("wake", worker.deliver, queue="workers")
    await ends.there.subscribe("wake", watcher.deliver)
    payloads = [str(number).encode() for number in range(60)]

    for payload in payloads:
        ends.here.publish("wake", payload)
    ends.here.publish("wake", b"end")

    assert await watcher.until(b"end") == payloads
    await everything_is_delivered(ends)
    for worker in workers:
        worker.deliver(b"stop")
    taken = [payload for worker in workers for payload in await worker.until(b"stop")]
    assert sorted(taken) == sorted([*payloads, b"end"])


async def test_every_queue_gets_every_payload(ends: Ends):
    first, second = Inbox(), Inbox()
    await ends.there.subscribe("wake", first.deliver, queue="first")
    await ends.there.subscribe("wake", second.deliver, queue="second")

    ends.here.publish("wake", b"payload")
    ends.here.publish("wake", b"end")

    assert await first.until(b"end") == [b"payload"]
    assert await second.until(b"end") == [b"payload"]


async def test_who_leaves_a_queue_takes_nothing_along(ends: Ends):
    left, stayed = Inbox(), Inbox()
    leaving = await ends.there.subscribe("wake", left.deliver, queue="workers")
    await ends.there.subscribe("wake", stayed.deliver, queue="workers")
    await leaving.cancel()

    for _ in range(3):
        ends.here.publish("wake", b"payload")
    ends.here.publish("wake", b"end")

    assert await stayed.until(b"end") == [b"payload"] * 3
    assert left.is_empty


async def test_a_listener_that_fails_harms_neither_the_others_nor_itself(ends: Ends):
    inbox, seen = Inbox(), Inbox()

    def fail(payload: bytes) -> None:
        seen.deliver(payload)
        raise RuntimeError("a fault in a listener")

    await ends.there.subscribe("ev.run_1", fail)
    await ends.there.subscribe("ev.run_1", inbox.deliver)

    ends.here.publish("ev.run_1", b"payload")
    ends.here.publish("ev.run_1", b"end")

    assert await inbox.until(b"end") == [b"payload"]
    assert await seen.until(b"end") == [b"payload"]


async def test_a_listener_may_publish(ends: Ends):
    inbox = Inbox()

    def pass_on(payload: bytes) -> None:
        ends.there.publish("second", payload)

    await ends.there.subscribe("second", inbox.deliver)
    await ends.there.subscribe("first", pass_on)

    for payload in (b"1", b"2", b"end"):
        ends.here.publish("first", payload)

    assert await inbox.until(b"end") == [b"1", b"2"]


async def test_a_cancelled_subscription_gets_nothing_more(ends: Ends):
    cancelled, inbox = Inbox(), Inbox()
    subscription = await ends.there.subscribe("ev.run_1", cancelled.deliver)
    await ends.there.subscribe("ev.run_1", inbox.deliver)

    await subscription.cancel()
    await subscription.cancel()
    ends.here.publish("ev.run_1", b"end")

    await inbox.until(b"end")
    assert cancelled.is_empty


async def test_after_the_stop_nothing_is_delivered_and_nothing_raises(ends: Ends):
    inbox = Inbox()
    subscription = await ends.there.subscribe("ev.run_1", inbox.deliver)
    await ends.there.stop()

    ends.here.publish("ev.run_1", b"payload")
    ends.there.publish("ev.run_1", b"payload")
    await subscription.cancel()
    await ends.there.stop()
    await ends.there.start()
    await everything_is_delivered(ends)

    assert inbox.is_empty


async def test_before_the_start_nothing_is_delivered_and_nothing_raises(unstarted_ends: Ends):
    unstarted_ends.here.publish("ev.run_1", b"payload")
