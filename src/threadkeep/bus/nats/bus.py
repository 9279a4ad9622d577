"""The bus of a node: what it listens to and what it publishes, over one connection after the other."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import Final, SupportsBytes

from threadkeep.bus import Deliver, Subscription
from threadkeep.bus.nats.address import parse_address
from threadkeep.bus.nats.client import RETRY_SECONDS
from threadkeep.bus.nats.connection import Connection
from threadkeep.bus.nats.interest import Answer, Interest, Listeners, Server
from threadkeep.bus.nats.outage import Outage
from threadkeep.bus.nats.outbox import Outbox, Parcel

PREFIX: Final = "threadkeep"
_START_SECONDS: Final = 3.0
_SETTLE_SECONDS: Final = 1.0


class NatsBus:
    """A bus for all nodes that name the same cluster of NATS servers and the same `prefix` of subjects.

    `url` is like `nats://user:password@host:4222,nats://other:4222`, or `tls://` where only TLS will do; `tls` is for
    certificates that the machine does not know. Raises ValueError if the URL cannot be understood.
    """

    def __init__(
        self, url: str, *, prefix: str = PREFIX, tls: ssl.SSLContext | None = None
    ) -> None:
        self._address = parse_address(url)
        self._prefix = prefix
        self._inbox = f"{prefix}.answer"
        self._tls = tls
        self._outbox = Outbox()
        self._outage = Outage(self._address)
        self._interests: set[Interest] = set()
        self._listeners: dict[tuple[str, str], Listeners] = {}
        self._connection: Connection | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def label(self) -> str:
        """Where the servers are, without credentials."""
        return self._address.label

    @property
    def is_connected(self) -> bool:
        """Whether a server is there, as far as is known."""
        return self._connection is not None and self._outage.is_over

    async def start(self) -> None:
        """Connect, or go on trying in the background if no server is there."""
        self._outage = Outage(self._address)
        self._outbox.open()
        self._keeping = asyncio.create_task(self._keep_connected())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                await self._outage.is_known.wait()

    async def stop(self) -> None:
        """Send what was published, if that is quick, and disconnect; subscriptions end."""
        for interest in self._interests:
            interest.clear()
        self._interests.clear()
        self._listeners.clear()
        if self._connection is not None:
            await self._connection.settle(_SETTLE_SECONDS)
        self._outbox.close()
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait({keeping})

    def publish(self, subject: str, payload: SupportsBytes) -> None:
        """Send to whoever listens, on any node; before the start and after the stop that is nobody."""
        self._outbox.put(Parcel(f"{self._prefix}.say.{subject}", bytes(payload)))

    async def subscribe(
        self, subject: str, deliver: Deliver, *, queue: str | None = None
    ) -> Subscription:
        """Call `deliver` with each payload; those with the same `queue`, on all nodes, take turns."""
        key = subject, queue or ""
        listeners = self._listeners.get(key)
        if listeners is None:
            listeners = Listeners(f"{self._prefix}.say.{subject}", queue or "")
            self._listeners[key] = listeners
        listeners.add(deliver)

        async def cancel() -> None:
            if listeners.are_down_to(deliver) and self._listeners.get(key) is listeners:
                del self._listeners[key]
                await self._lose_interest(listeners)
            listeners.remove(deliver)

        return await self._take_interest(listeners, _Subscription(cancel))

    async def serve(self, subject: str, answer: Answer) -> Subscription:
        """Answer requests on `subject`; where several do, they take turns."""
        server = Server(f"{self._prefix}.ask.{subject}", answer, self._respond)

        async def cancel() -> None:
            await self._lose_interest(server)
            server.clear()

        return await self._take_interest(server, _Subscription(cancel))

    async def request(self, subject: str, payload: bytes, *, timeout: float) -> bytes | None:
        """The answer of whoever serves `subject`; None at once if nobody does, or if no server is there."""
        if self._connection is None:
            return None
        return await self._connection.request(f"{self._prefix}.ask.{subject}", payload, timeout)

    def _respond(self, reply: str, answer: bytes | None) -> None:
        self._outbox.put(Parcel(reply, answer))

    async def _take_interest(
        self, interest: Interest, subscription: _Subscription
    ) -> _Subscription:
        self._interests.add(interest)
        connection = self._connection
        if connection is None:
            return subscription
        try:
            await connection.listen(interest)
            await connection.settle(_SETTLE_SECONDS)
        except asyncio.CancelledError:
            await subscription.cancel()
            raise
        return subscription

    async def _lose_interest(self, interest: Interest) -> None:
        self._interests.discard(interest)
        connection = self._connection
        if connection is not None:
            await connection.leave(interest)

    async def _keep_connected(self) -> None:
        found: list[str] = []
        while True:
            connection = Connection(self._address, found, self._outbox, self._inbox)
            try:
                await connection.open(self._tls, self._outage.complain)
                await self._use(connection)
                found = connection.found
            except Exception as error:  # whatever happened to this one, the next may last
                await self._outage.complain(error)
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                await connection.close()

    async def _use(self, connection: Connection) -> None:
        self._connection = connection
        try:
            for interest in [*self._interests]:
                if interest in self._interests:
                    await connection.listen(interest)
            await connection.settle(_SETTLE_SECONDS)
            self._outage.end()
            await connection.lost()
        finally:
            self._connection = None
        self._outage.begin()


class _Subscription:
    """Calls `cancel` once."""

    def __init__(self, cancel: Callable[[], Awaitable[None]]) -> None:
        self._cancel: Callable[[], Awaitable[None]] | None = cancel

    async def cancel(self) -> None:
        """Deliver no more."""
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            await cancel()
