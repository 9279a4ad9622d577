"""Outbox: what was published and waits to be sent; a server that is away or slow holds nobody up."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, NamedTuple

LIMIT_BYTES: Final = 16 * 1024 * 1024
"""What waits at most; beyond it the oldest is dropped, since whoever missed it asks for it again."""
_PARCEL_BYTES: Final = 200
_BATCH: Final = 256


class Parcel(NamedTuple):
    """A payload to be sent, or word that there is none; `reply` is where its answer is to go."""

    subject: str
    payload: bytes | None
    reply: str = ""


class Outbox:
    """Takes parcels while it is open, and gives them out in the same order."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._parcels: deque[Parcel] = deque()
        self._bytes = 0
        self._is_filled = asyncio.Event()
        self._is_open = False
        self._dropped = 0

    def open(self) -> None:
        """Take parcels from now on."""
        self._is_open = True

    def close(self) -> None:
        """Forget what waits, and take no more."""
        self._is_open = False
        self._parcels.clear()
        self._bytes = 0
        self._is_filled.clear()

    def put(self, parcel: Parcel) -> None:
        """Keep it until it is sent, or until too much has come after it."""
        if not self._is_open:
            return
        self._parcels.append(parcel)
        self._bytes += _size(parcel)
        while self._bytes > self._limit_bytes:
            self._bytes -= _size(self._parcels.popleft())
            self._dropped += 1
        if self._parcels:
            self._is_filled.set()

    def forget_dropped(self) -> int:
        """How many were dropped since this was last asked."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    async def take(self) -> list[Parcel]:
        """The next ones, as soon as there are any."""
        await self._is_filled.wait()
        parcels = self._parcels
        batch = [parcels.popleft() for _ in range(min(len(parcels), _BATCH))]
        self._bytes -= sum(map(_size, batch))
        if not parcels:
            self._is_filled.clear()
        return batch


def _size(parcel: Parcel) -> int:
    return len(parcel.payload or b"") + _PARCEL_BYTES
