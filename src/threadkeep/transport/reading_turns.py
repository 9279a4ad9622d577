"""Many streams on one event loop: readers take turns, so that what is new waits for a few of them and not for all."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

READERS_IN_A_PASS: Final = 8
"""Half a millisecond of work, where each passes on a token. Before a first token lie about a dozen passes."""


class ReadingTurns:
    """Readers whose bytes have come, in that order: a few go on in each pass of the event loop.

    Whoever waits for long finds more bytes then, and passes them on at once: the busier the loop, the less each costs.
    """

    __slots__ = ("_free", "_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._free = READERS_IN_A_PASS
        self._waiting: deque[asyncio.Future[None]] = deque()

    def give(self, reader: asyncio.Future[None]) -> None:
        """Wake it when its turn has come: at once, unless so many have just gone on."""
        if not self._free:
            self._waiting.append(reader)
        elif not reader.done():  # it may have given up as it waited
            self._free -= 1
            if not self._free:
                self._loop.call_soon(self._next_pass)
            reader.set_result(None)

    def _next_pass(self) -> None:
        self._free = READERS_IN_A_PASS
        while self._free and self._waiting:
            self.give(self._waiting.popleft())
