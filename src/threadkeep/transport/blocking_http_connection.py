"""One connection that speaks HTTP/1.1, on a socket that blocks whoever uses it."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar
from weakref import finalize

from threadkeep.transport import Timeout
from threadkeep.transport.plain_http_answer import Answer
from threadkeep.transport.plain_http_request import NEVER, Place

ArgumentT = TypeVar("ArgumentT")
ResultT = TypeVar("ResultT")

_AT_ONCE: Final = 256 * 1024
_SECONDS_BETWEEN_LOOKS: Final = 0.5
"""Windows wakes a waiting thread for no signal; elsewhere Ctrl-C ends the wait at once."""


class BlockingConnection:
    """Carries one exchange after the other; it has so many seconds to stand."""

    def __init__(self, place: Place, seconds: float | None) -> None:
        self.idle_since = 0.0
        self._exchange: BlockingExchange | None = None
        self._socket = socket.create_connection(place, seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        finalize(self, self._socket.close)  # at the end of the process as well, in good time

    def begin(self, request: bytes, timeout: Timeout) -> BlockingExchange:
        """Send a request; its answer comes in the exchange that is given."""
        self._exchange = BlockingExchange(self._socket, timeout)
        self._exchange.send(request)
        return self._exchange

    def end(self) -> bool:
        """Leave the exchange; whether another one can follow. If not, the connection is hung up."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None and exchange.may_serve_again:
            self.idle_since = time.monotonic()
            return True
        self.hang_up()
        return False

    def is_quiet(self) -> bool:
        """Whether neither its end has come nor anything that nobody asked for."""
        return not _is_readable(self._socket)

    def hang_up(self) -> None:
        """Close it at once."""
        self._socket.close()


class BlockingExchange:
    """A request, and its answer as it comes."""

    def __init__(self, connected: socket.socket, timeout: Timeout) -> None:
        self._answer = Answer()
        self._socket = connected
        self._patience = NEVER if timeout.read is None else timeout.read
        self._end = NEVER if timeout.total is None else time.monotonic() + timeout.total

    @property
    def may_serve_again(self) -> bool:
        """Whether the answer is complete, and its connection good for another one."""
        return self._answer.is_complete and self._answer.may_serve_again

    def send(self, request: bytes) -> None:
        """Send all of it."""
        rest = memoryview(request)
        with suppress(ConnectionError):  # the server may have answered before it closed
            while rest:
                rest = rest[self._patiently(self._socket.send, rest) :]

    def head(self) -> Answer:
        """The answer, once its status and headers are here. Raises what kept them from coming."""
        while not self._answer.has_head:
            self._receive()
        return self._answer

    def chunk(self) -> bytes:
        """All of the body that has come and was not given yet, waiting for some; nothing at its end."""
        while not self._answer.unread and not self._answer.is_complete:
            self._receive()
        return self._answer.take()

    def rest(self) -> bytes:
        """All of the body that is still to be given."""
        return b"".join(iter(self.chunk, b""))

    def _receive(self) -> None:
        error: Exception | None = None
        try:
            data = self._patiently(self._socket.recv, _AT_ONCE)
        except ConnectionError as failure:
            data, error = b"", failure
        if data:
            self._answer.feed(data)
        else:
            self._answer.feed_end(error)

    def _patiently(self, call: Callable[[ArgumentT], ResultT], argument: ArgumentT) -> ResultT:
        """What it gives, within the limits of time. Raises `TimeoutError`."""
        until = min(time.monotonic() + self._patience, self._end)
        while (left := until - time.monotonic()) > 0:
            nap = min(left, _SECONDS_BETWEEN_LOOKS)
            if self._socket.gettimeout() != nap:
                self._socket.settimeout(nap)
            with suppress(TimeoutError):
                return call(argument)
        raise TimeoutError


def _is_readable(connected: socket.socket) -> bool:
    if not hasattr(select, "poll"):  # as on Windows
        return bool(select.select([connected], [], [], 0)[0])
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))
