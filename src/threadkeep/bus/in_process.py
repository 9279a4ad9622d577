"""The bus within one process: payloads pass from hand to hand on the event loop, nothing is copied or encoded.

Delivery never happens inside `publish`, just as with a bus on the network: what is published in one pass of the event
loop is delivered in the next one, in order, to whoever is subscribed then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from threadkeep.bus import Subscription

_log: Final = logging.getLogger(__name__)


class InProcessBus:
    """A bus for everything that runs on one event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._published: list[tuple[str, bytes]] = []
        self._topics: dict[str, _Topic] = {}
        self._servers: dict[str, list[_Server]] = {}

    async def start(self) -> None:
        """Begin to deliver."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Deliver no more; subscriptions end."""
        self._loop = None
        self._published = []
        self._topics = {}
        self._servers = {}

    def publish(self, subject: str, payload: bytes) -> None:
        """Send to whoever listens. Before the start and after the stop that is nobody."""
        if self._loop is None:
            return
        if not self._published:
            self._loop.call_soon(self._deliver)
        self._published.append((subject, payload))

    async def subscribe(
        self, subject: str, deliver: Callable[[bytes], None], *, queue: str | None = None
    ) -> Subscription:
        """Call `deliver` with each payload; those with the same `queue` take turns."""
        topics = self._topics
        topic = topics.setdefault(subject, _Topic())
        listener = _Listener(deliver)
        topic.add(listener, queue)

        def cancel() -> None:
            listener.is_active = False
            topic.remove(listener, queue)
            if topic.is_empty and topics.get(subject) is topic:
                del topics[subject]

        return _Subscription(cancel)

    async def serve(self, subject: str, answer: Callable[[bytes], bytes]) -> Subscription:
        """Answer requests on `subject`; where several do, the first."""
        all_servers = self._servers
        servers = all_servers.setdefault(subject, [])
        server = _Server(answer)
        servers.append(server)

        def cancel() -> None:
            servers.remove(server)
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
            return servers[0].answer(payload)
        except Exception:
            _log.exception("A request on %s could not be answered.", subject)
            return None

    def _deliver(self) -> None:
        published, self._published = self._published, []
        for subject, payload in published:
            topic = self._topics.get(subject)
            if topic is not None:
                topic.deliver(payload)


class _Listener:
    """Who takes the payloads of a subject."""

    __slots__ = ("_deliver", "is_active")

    def __init__(self, deliver: Callable[[bytes], None]) -> None:
        self._deliver = deliver
        self.is_active = True

    def take(self, payload: bytes) -> None:
        """Hand the payload over; what goes wrong there must not harm the others."""
        if not self.is_active:
            return
        try:
            self._deliver(payload)
        except Exception:
            _log.exception("A payload from the bus could not be handled.")


class _Server:
    """Who answers the requests on a subject."""

    __slots__ = ("answer",)

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer


class _Topic:
    """The listeners of a subject: those for themselves, and those that take turns in a queue."""

    def __init__(self) -> None:
        self._listeners: tuple[_Listener, ...] = ()
        self._queues: dict[str, deque[_Listener]] = {}

    @property
    def is_empty(self) -> bool:
        return not self._listeners and not self._queues

    def add(self, listener: _Listener, queue: str | None) -> None:
        if queue is None:
            self._listeners = (*self._listeners, listener)
        else:
            self._queues.setdefault(queue, deque()).append(listener)

    def remove(self, listener: _Listener, queue: str | None) -> None:
        if queue is None:
            self._listeners = tuple(other for other in self._listeners if other is not listener)
        else:
            self._queues[queue].remove(listener)
            if not self._queues[queue]:
                del self._queues[queue]

    def deliver(self, payload: bytes) -> None:
        for listener in self._listeners:
            listener.take(payload)
        for members in tuple(self._queues.values()):
            if members:
                listener = members[0]
                members.rotate(-1)
                listener.take(payload)


class _Subscription:
    """Calls `cancel` once."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel: Callable[[], None] | None = cancel

    async def cancel(self) -> None:
        """Deliver no more."""
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()
