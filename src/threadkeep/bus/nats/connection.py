"""Connection: one connection to a server, from its first byte to its loss; the next one is a new object."""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import Coroutine, Iterable
from typing import Final

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import BadSubjectError, Error

from threadkeep.bus.nats.address import Address
from threadkeep.bus.nats.answers import Answers
from threadkeep.bus.nats.client import CarefulClient, Complain
from threadkeep.bus.nats.envelope import enclose
from threadkeep.bus.nats.interest import Interest
from threadkeep.bus.nats.outbox import Outbox, Parcel

_CLOSE_SECONDS: Final = 1.0
_LEAVE_SECONDS: Final = 1.0

_log: Final = logging.getLogger(__name__)


class Connection:
    """Subscribes, asks, and sends what is in the outbox, until it is lost or closed."""

    def __init__(self, address: Address, found: Iterable[str], outbox: Outbox, inbox: str) -> None:
        self._client = CarefulClient(address, found)
        self._outbox = outbox
        self._answers = Answers(f"{inbox}.{secrets.token_hex(8)}")  # none for an earlier connection
        self._subscriptions: dict[Interest, Subscription] = {}
        self._subscribing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending: asyncio.Task[None] | None = None
        self._is_lost = asyncio.Event()
        self._is_closing = asyncio.Event()

    async def open(self, tls: ssl.SSLContext | None, complain: Complain) -> None:
        """Connect to whichever server can be reached, trying for as long as it takes."""
        await self._client.reach(tls, complain, self._on_disconnect)
        await self._client.listen(f"{self._answers.inbox}.*", "", self._on_answer)
        self._sending = asyncio.create_task(self._send_all())
        self._sending.add_done_callback(lambda _: self._is_lost.set())

    @property
    def found(self) -> list[str]:
        """Servers that the address need not name, since the one that was reached has told of them."""
        return self._client.found

    async def lost(self) -> None:
        """Return once nothing can be sent or received any more."""
        await self._is_lost.wait()

    async def close(self) -> None:
        """Be lost on purpose."""
        self._is_lost.set()
        self._is_closing.set()
        self._answers.give_up()
        ends = [self._end_sending(), self._end_client()]
        for result in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(result, Exception):  # what is left of a lost connection fails as it likes
                _log.debug("A connection to NATS did not end well: %r", result)

    async def listen(self, interest: Interest) -> None:
        """Let it receive what comes."""
        await self._in_own_task(self._subscribe(interest))

    async def leave(self, interest: Interest) -> None:
        """Let it receive nothing more."""
        await self._in_own_task(self._unsubscribe(interest))

    async def request(self, subject: str, payload: bytes, timeout: float) -> bytes | None:
        """The answer of whoever serves `subject`, if it comes in time."""
        if self._is_lost.is_set():
            return None
        reply, answer = self._answers.expect()
        self._outbox.put(Parcel(subject, payload, reply))
        return await _in_time(answer, timeout)

    async def settle(self, timeout: float) -> None:
        """Return once the server has got all that it was told before, or when the time is up."""
        if not self._is_lost.is_set():
            subject, echo = self._answers.expect()
            self._outbox.put(Parcel(subject, b""))
            await _in_time(echo, timeout)

    async def _end_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await self._sending

    async def _end_client(self) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._client.close()
        finally:
            self._client.abort()

    async def _send_all(self) -> None:
        outbox, publish = self._outbox, self._client.publish
        while not self._is_lost.is_set():
            for subject, payload, reply in await outbox.take():
                try:
                    for message in enclose(payload, self._client.max_payload):
                        await publish(subject, message, reply)
                except BadSubjectError:
                    _log.warning("Nothing can be published on %r.", subject)
            if outbox.is_empty:
                outbox.tell_dropped()
            else:  # others are to have their turn however much there is to send
                await asyncio.sleep(0)

    async def _subscribe(self, interest: Interest) -> None:
        async with self._subscribing:
            if interest in self._subscriptions or self._is_lost.is_set():
                return
            self._subscriptions[interest] = await self._client.listen(
                interest.subject, interest.queue, interest.receive
            )

    async def _unsubscribe(self, interest: Interest) -> None:
        async with self._subscribing:
            subscription = self._subscriptions.pop(interest, None)
            if subscription is None or self._is_lost.is_set():
                return
            if not interest.queue:
                await subscription.unsubscribe()
                return
            # What the server has given to this member of the queue, it gives to no other.
            async with asyncio.timeout(_LEAVE_SECONDS):
                await subscription.drain()
        await self.settle(_LEAVE_SECONDS)

    async def _in_own_task(self, work: Coroutine[None, None, None]) -> None:
        """See the work through even if the caller is cancelled, since nats-py may swallow that."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.shield(task)
        except (Error, TimeoutError) as error:  # lost; the next connection is told all anew
            _log.debug("A subscription failed: %r", error)

    def _on_answer(self, message: Msg) -> None:
        self._answers.receive(message.subject, message.data, message.headers)

    async def _on_disconnect(self) -> None:
        self._is_lost.set()
        await self._is_closing.wait()  # so that the client does not begin to reconnect by itself


async def _in_time(answer: asyncio.Future[bytes | None], timeout: float) -> bytes | None:
    try:
        async with asyncio.timeout(timeout):
            return await answer
    except TimeoutError:
        return None
