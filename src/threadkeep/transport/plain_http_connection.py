"""One connection that speaks HTTP/1.1, as an asyncio protocol: bytes come in and wake whoever reads the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

from threadkeep.transport import Timeout
from threadkeep.transport.plain_http_answer import Answer
from threadkeep.transport.plain_http_request import NEVER
from threadkeep.transport.reading_turns import ReadingTurns

_MOST_UNREAD: Final = 256 * 1024


class Connection(asyncio.Protocol):
    """Carries one exchange after the other. `on_lost` is called when it is gone."""

    __slots__ = ("_exchange", "_look", "_loop", "_on_lost", "_turns", "idle_since", "transport")

    def __init__(self, turns: ReadingTurns, on_lost: Callable[[Connection], None]) -> None:
        self.idle_since = 0.0
        self._turns = turns
        self._on_lost = on_lost
        self._exchange: Exchange | None = None
        self._loop = asyncio.get_running_loop()
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self.transport = cast("asyncio.Transport", transport)

    def begin(self, request: bytes, timeout: Timeout) -> Exchange:
        """Send a request; its answer comes in the exchange that is given."""
        self._exchange = exchange = Exchange(self.transport, timeout, self._loop, self._turns)
        self.transport.write(request)
        self._watch(exchange.patient_until())
        return exchange

    def end(self) -> bool:
        """Leave the exchange; whether another one can follow. If not, the connection is hung up."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None and exchange.may_serve_again and not self.transport.is_closing():
            self.idle_since = self._loop.time()
            return True
        self.hang_up()
        return False

    def hang_up(self) -> None:
        """Close it at once, whatever is under way."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """More of the answer has come."""
        if self._exchange is None:  # nobody asked
            self.hang_up()
        else:
            self._exchange.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._exchange is not None:
            self._exchange.feed_end(exc)
        if self._look is not None:
            self._look.cancel()
        self._on_lost(self)

    def _watch(self, until: float) -> None:
        """Look then whether somebody has waited for too long. One timer, not one for each exchange, sees to that."""
        if self._look is not None and self._look.when() > until:
            self._look.cancel()
            self._look = None
        if self._look is None and until != NEVER:
            self._look = self._loop.call_at(until, self._look_at_it)

    def _look_at_it(self) -> None:
        self._look = None
        if self._exchange is None:
            return
        until = self._exchange.patient_until()
        if until <= self._loop.time():
            self._exchange.fail(TimeoutError())
        else:
            self._watch(until)


class Exchange:
    """A request that was sent, and its answer as it comes."""

    __slots__ = (
        "_answer",
        "_arrival",
        "_end",
        "_failure",
        "_heard",
        "_is_paused",
        "_is_under_way",
        "_loop",
        "_patience",
        "_transport",
        "_turns",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        timeout: Timeout,
        loop: asyncio.AbstractEventLoop,
        turns: ReadingTurns,
    ) -> None:
        self._answer = Answer()
        self._transport = transport
        self._turns = turns
        self._is_paused = False
        self._is_under_way = False
        self._failure: Exception | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._loop = loop
        self._heard = loop.time()
        self._patience = NEVER if timeout.read is None else timeout.read
        self._end = NEVER if timeout.total is None else self._heard + timeout.total

    @property
    def may_serve_again(self) -> bool:
        """Whether the answer is complete, and its connection good for another one."""
        is_done = self._answer.is_complete and not self._is_paused
        return is_done and self._answer.may_serve_again

    async def head(self) -> Answer:
        """The answer, once its status and headers are here. Raises what kept them from coming."""
        while not self._answer.has_head:
            await self.arrival()
        return self._answer

    def take(self) -> bytes | None:
        """All of the body that has come and was not given yet: nothing at its end, None while something will come."""
        if not self._answer.unread:
            return b"" if self._answer.is_complete else None
        if self._is_paused and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()
        self._is_under_way = True
        return self._answer.take()

    def arrival(self) -> asyncio.Future[None]:
        """Is done once something has changed. Raises why nothing will."""
        if self._failure is not None:
            raise self._failure
        self._arrival = self._loop.create_future()
        self._heard = self._loop.time()
        return self._arrival

    def feed(self, data: bytes) -> None:
        """These bytes have come."""
        self._heard = self._loop.time()
        try:
            self._answer.feed(data)
        except ConnectionError as error:
            self.fail(error)
        if self._answer.unread > _MOST_UNREAD and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def feed_end(self, error: Exception | None) -> None:
        """Nothing more will come."""
        try:
            self._answer.feed_end(error)
        except ConnectionError as failure:
            self.fail(failure)
        self._wake()

    def fail(self, failure: Exception) -> None:
        """End it; `failure` is for whoever waits for the answer."""
        self._failure = self._failure or failure
        self._transport.abort()
        self._wake()

    def patient_until(self) -> float:
        """When it will have taken too long, unless something comes before. A reader who is away does not wait."""
        is_awaited = self._arrival is not None and not self._arrival.done()
        since = self._heard if is_awaited else self._loop.time()
        return min(since + self._patience, self._end)

    def _wake(self) -> None:
        """Let the reader go on: at once if it has nothing of the body yet, else when its turn has come."""
        arrival, self._arrival = self._arrival, None
        if arrival is None or arrival.done():
            return
        if self._is_under_way:
            self._turns.give(arrival)
        else:
            arrival.set_result(None)
