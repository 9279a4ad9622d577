"""Answers: the requests of a connection that are still open, and what comes back for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Final

from threadkeep.bus.nats.envelope import NOTHING, Opener

_STATUS: Final = "Status"


class Answers:
    """Hands out reply subjects under `inbox`, and gives what is sent there to whoever waits for it."""

    def __init__(self, inbox: str) -> None:
        self.inbox = inbox
        self._numbers = count()
        self._open: dict[str, tuple[Opener, asyncio.Future[bytes | None]]] = {}

    def expect(self) -> tuple[str, asyncio.Future[bytes | None]]:
        """A new reply subject, and the answer that will come there: None for that there is none."""
        subject = f"{self.inbox}.{next(self._numbers)}"
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda _: self._open.pop(subject, None))
        self._open[subject] = Opener(), future
        return subject, future

    def receive(self, subject: str, message: bytes, headers: Mapping[str, str] | None) -> None:
        """What came on a reply subject, be it from the server that nobody answers there."""
        if subject not in self._open:
            return
        opener, future = self._open[subject]
        if message == NOTHING or (headers and _STATUS in headers):
            _settle(future, None)
        elif (payload := opener.open(message)) is not None:
            _settle(future, payload)

    def give_up(self) -> None:
        """Nothing will come any more."""
        for _, future in [*self._open.values()]:
            _settle(future, None)


def _settle(future: asyncio.Future[bytes | None], answer: bytes | None) -> None:
    if not future.done():
        future.set_result(answer)
