"""Property: whoever comes and goes, each payload reaches all who listen, and one of each queue."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.buses import BUSES, Ends, Inbox
from threadkeep.bus import Subscription

Step: TypeAlias = tuple[str, str | None] | int | str

subjects = st.sampled_from(["ev.run_1", "wake"])
queues = st.sampled_from([None, None, "workers", "ingesters"])
steps = st.lists(st.tuples(subjects, queues) | st.integers(0, 7) | subjects, max_size=14)


@dataclass
class Listener:
    """A subscription, what it got, and what it should have got if it is in no queue."""

    subject: str
    queue: str | None
    subscription: Subscription
    got: list[bytes]
    due: list[bytes] = field(default_factory=list)


class Use:
    """Plays steps on a bus: a pair subscribes, a number cancels, a subject publishes."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._listening: list[Listener] = []
        self._all: list[Listener] = []
        self._due_to_queues: Counter[tuple[str, str, bytes]] = Counter()

    async def play(self, steps: list[Step]) -> None:
        for number, step in enumerate(steps):
            if isinstance(step, tuple):
                await self._subscribe(*step)
            elif isinstance(step, int):
                await self._cancel(step)
            else:
                await self._publish(step, b"%d" % number)

    def check(self) -> None:
        taken: Counter[tuple[str, str, bytes]] = Counter()
        for listener in self._all:
            if listener.queue is None:
                assert listener.got == listener.due
            else:
                taken.update((listener.subject, listener.queue, got) for got in listener.got)
        assert taken == self._due_to_queues

    async def _subscribe(self, subject: str, queue: str | None) -> None:
        got: list[bytes] = []
        subscription = await self._ends.there.subscribe(subject, got.append, queue=queue)
        listener = Listener(subject, queue, subscription, got)
        self._listening.append(listener)
        self._all.append(listener)

    async def _cancel(self, index: int) -> None:
        if index < len(self._listening):
            await self._listening.pop(index).subscription.cancel()

    async def _publish(self, subject: str, payload: bytes) -> None:
        concerned = [listener for listener in self._listening if listener.subject == subject]
        for listener in concerned:
            listener.due.append(payload)
        queues = {listener.queue for listener in concerned if listener.queue is not None}
        self._due_to_queues.update((subject, queue, payload) for queue in queues)
        self._ends.here.publish(subject, payload)
        await self._delivered()

    async def _delivered(self) -> None:
        inbox = Inbox()
        marker = await self._ends.there.subscribe("marker", inbox.deliver)
        self._ends.here.publish("marker", b"marker")
        await inbox.until(b"marker")
        await marker.cancel()


async def used(ends: Ends, steps: list[Step]) -> None:
    for bus in ends:
        await bus.start()
    use = Use(ends)
    await use.play(steps)
    use.check()
    for bus in ends:
        await bus.stop()


@pytest.mark.parametrize("kind", list(BUSES))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_each_payload_reaches_whoever_is_to_get_it(
    request: pytest.FixtureRequest, kind: str, steps: list[Step]
):
    asyncio.run(used(BUSES[kind](request), steps))
