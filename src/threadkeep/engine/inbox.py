"""Inbox: the frames that have come for a watcher and that it has not taken yet.

Made for being waited at once per token: a future and a timer are all that a wait takes.
"""

from __future__ import annotations

import asyncio


class Inbox:
    """Filled by the bus, emptied by one watcher."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._arrival: asyncio.Future[None] | None = None

    def put(self, frame: bytes) -> None:
        """One more has come."""
        self._frames.append(frame)
        self._wake()

    async def take(self, seconds: float) -> list[bytes]:
        """All that are there, waiting for the first; none after so many seconds."""
        if not self._frames:
            await self._wait(seconds)
        frames, self._frames = self._frames, []
        return frames

    async def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._arrival = loop.create_future()
        silence = loop.call_later(seconds, self._wake)
        try:
            await self._arrival
        finally:
            silence.cancel()
            self._arrival = None

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)
