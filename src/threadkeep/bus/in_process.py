"""The bus within one process: payloads pass from hand to hand on the event loop, nothing is copied or encoded.

Delivery never happens inside `publish`, just as with a bus on the network: what is published in one pass of the event
loop is delivered in the next one, in order, to whoever is subscribed then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final, SupportsBytes, TypeAlias

from threadkeep.bus import Deliver, Subscription

Answer: TypeAlias = Callable[[bytes], bytes]

_log: Final = logging.getLogger(__name__)


class InProcessBus:
    """A bus for everything that runs on one event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._published: list[tuple[str, SupportsBytes]] = []
        self._topics: dict[str, _Topic] = {}
        self._servers: dict[str, list[Answer]] = {}

    async def start(self) -> None:
        """Begin to deliver."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Deliver no more; subscriptions end."""
        self._loop = None
        self._published = []
        self._topics = {}
        self._servers = {}

    @property
    def is_connected(self) -> bool:
        """Whether it has been started."""
        return self._loop is not None

    @property
    def label(self) -> str:
        """Where the bus is, for people."""
        return "within the process"

    def publish(self, subject: str, payload: SupportsBytes) -> None:
        """Send to whoever listens. Before the start and after the stop that is nobody."""
        if self._loop is None:
            return
        if not self._published:
            self._loop.call_soon(self._deliver)
        self._published.append((subject, payload))

    async def subscribe(
        self, subject: str, deliver: Deliver, *, queue: str | None = None
    ) -> Subscription:
        """Call `deliver` with each payload; those with the same `queue` take turns."""
        topics = self._topics
        topic = topics.setdefault(subject, _Topic(subject))
        topic.add(deliver, queue)

        def cancel() -> None:
            topic.remove(deliver, queue)
            if topic.is_empty and topics.get(subject) is topic:
                del topics[subject]

        return _Subscription(cancel)

    async def serve(self, subject: str, answer: Answer) -> Subscription:
        """Answer requests on `subject`; where several do, the first."""
        all_servers = self._servers
        servers = all_servers.setdefault(subject, [])
        servers.append(answer)

        def cancel() -> None:
            servers.remove(answer)
            if not servers and all_servers.get(subject) is servers:
                del all_servers[subject]

        return _Subscription(cancel)

    async def request(
        self,
        subject: str,
        payload: bytes,
        *,
        timeout: float,  # noqa: ARG002 - an answer within the process comes at once
    ) -> bytes | None:
        """The answer of whoever serves `subject`; None if nobody does, or if that failed."""
        servers = self._servers.get(subject)
        if self._loop is None or not servers:
            return None
        try:
            return servers[0](payload)
        except Exception:
            _log.exception("A request on %s could not be answered.", subject)
            return None

    def _deliver(self) -> None:
        published, self._published = self._published, []
        for subject, payload in published:
            topic = self._topics.get(subject)
            if topic is not None:
                topic.deliver(payload)


class _Topic:
    """The listeners of a subject: those for themselves, and those that take turns in a queue."""

    __slots__ = ("_listeners", "_queues", "_subject")

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._listeners: list[Deliver] = []
        self._queues: dict[str, deque[Deliver]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nobody listens."""
        return not self._listeners and not self._queues

    def add(self, deliver: Deliver, queue: str | None) -> None:
        """Let one more listen."""
        if queue is None:
            self._listeners.append(deliver)
        else:
            self._queues.setdefault(queue, deque()).append(deliver)

    def remove(self, deliver: Deliver, queue: str | None) -> None:
        """Let one listen no more."""
        if queue is None:
            self._listeners.remove(deliver)
            return
        members = self._queues[queue]
        members.remove(deliver)
        if not members:
            del self._queues[queue]

    def deliver(self, payload: SupportsBytes) -> None:
        """Hand the payload to all listeners and to one of each queue."""
        for deliver in self._listeners:
            self._hand_over(deliver, payload)
        for members in self._queues.values():
            self._hand_over(members[0], payload)
            members.rotate(-1)

    def _hand_over(self, deliver: Deliver, payload: SupportsBytes) -> None:
        try:
            deliver(payload)
        except Exception:  # must not harm the other listeners
            _log.exception("A payload on %s could not be handled.", self._subject)


class _Subscription:
    """Calls `cancel` once."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel: Callable[[], None] | None = cancel

    async def cancel(self) -> None:
        """Deliver no more."""
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()
