"""Interest: a subject that this node listens to or serves, whatever connection it has at the time."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from nats.aio.msg import Msg

from threadkeep.bus import Deliver
from threadkeep.bus.nats.envelope import Opener

Answer: TypeAlias = Callable[[bytes], bytes]
Respond: TypeAlias = Callable[[str, bytes | None], None]
"""Sends an answer, or that there is none, to a reply subject."""

_log: Final = logging.getLogger(__name__)


class Interest(Protocol):
    """What a connection subscribes to."""

    @property
    def subject(self) -> str:
        """As the server knows it."""
        ...

    @property
    def queue(self) -> str:
        """Members of a queue take turns; empty for those that all get everything."""
        ...

    def clear(self) -> None:
        """Take nothing more."""
        ...

    def receive(self, message: Msg) -> None:
        """Handle a message; never raises."""
        ...


class Listeners:
    """Those on this node that listen to a subject, in one queue or for themselves: one subscription for all."""

    def __init__(self, subject: str, queue: str) -> None:
        self.subject = subject
        self.queue = queue
        self._deliverers: deque[Deliver] = deque()
        self._opener = Opener()

    def are_down_to(self, deliver: Deliver) -> bool:
        """Whether nobody but this one listens."""
        return [*self._deliverers] == [deliver]

    def add(self, deliver: Deliver) -> None:
        """Let one more listen."""
        self._deliverers.append(deliver)

    def remove(self, deliver: Deliver) -> None:
        """Let one listen no more."""
        with contextlib.suppress(ValueError):  # the bus has stopped meanwhile
            self._deliverers.remove(deliver)

    def clear(self) -> None:
        """Let nobody listen any more."""
        self._deliverers.clear()

    def receive(self, message: Msg) -> None:
        """Hand a payload to all, or to the one in the queue whose turn it is."""
        payload = self._opener.open(message.data)
        if payload is None or not self._deliverers:
            return
        if self.queue:
            self._deliverers.rotate(-1)
            self._hand_over(self._deliverers[-1], payload)
            return
        for deliver in tuple(self._deliverers):
            self._hand_over(deliver, payload)

    def _hand_over(self, deliver: Deliver, payload: bytes) -> None:
        try:
            deliver(payload)
        except Exception:  # must not harm the other listeners
            _log.exception("A payload on %s could not be handled.", self.subject)


class Server:
    """Answers the requests on a subject; where several do, they take turns."""

    def __init__(self, subject: str, answer: Answer, respond: Respond) -> None:
        self.subject = subject
        self.queue = "servers"
        self._answer: Answer | None = answer
        self._respond = respond
        self._opener = Opener()

    def clear(self) -> None:
        """Answer no more."""
        self._answer = None

    def receive(self, message: Msg) -> None:
        """Send the answer, or at once that there is none."""
        payload = self._opener.open(message.data)
        if payload is None or self._answer is None:
            return
        try:
            answer = self._answer(payload)
        except Exception:  # the next request may be a better one
            _log.exception("A request on %s could not be answered.", self.subject)
            answer = None
        self._respond(message.reply, answer)
