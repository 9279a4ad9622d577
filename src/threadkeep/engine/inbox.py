"""Inbox: the frames that have come for a watcher and that it has not taken yet.

Made for being waited at once per token: a future is all that a wait takes.
"""

from __future__ import annotations

import asyncio

from threadkeep.engine.event_log import Frame


class Inbox:
    """Filled by the bus, emptied by one watcher, who waits for at most `seconds` at a time."""

    __slots__ = ("_alarm", "_arrival", "_frames", "_gives_up_at", "_loop", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._frames: list[Frame | bytes] = []
        self._arrival: asyncio.Future[None] | None = None
        self._gives_up_at = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    def put(self, frame: Frame | bytes) -> None:
        """One more has come."""
        self._frames.append(frame)
        self._wake()

    def take(self) -> list[Frame | bytes]:
        """All that are there."""
        frames, self._frames = self._frames, []
        return frames

    def filling(self) -> asyncio.Future[None]:
        """Is done once there is a frame to take, or none has come for too long."""
        self._arrival = self._loop.create_future()
        if self._frames:
            self._arrival.set_result(None)
        else:
            self._gives_up_at = self._loop.time() + self._seconds
            if self._alarm is None:
                self._alarm = self._loop.call_at(self._gives_up_at, self._ring)
        return self._arrival

    def close(self) -> None:
        """Nobody will take any more."""
        if self._alarm is not None:
            self._alarm.cancel()

    def _ring(self) -> None:
        """End a wait that has lasted long enough; an alarm is set once for many waits."""
        self._alarm = None
        if self._loop.time() < self._gives_up_at:
            self._alarm = self._loop.call_at(self._gives_up_at, self._ring)
        else:
            self._wake()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)
