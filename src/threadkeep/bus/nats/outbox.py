"""Outbox: what was published and waits to be sent; a server that is away or slow holds nobody up."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Final, NamedTuple

LIMIT_BYTES: Final = 16 * 1024 * 1024
"""What waits at most; beyond it the oldest is dropped, since whoever missed it asks for it again."""
_PARCEL_BYTES: Final = 200
_BATCH: Final = 256

_log: Final = logging.getLogger(__name__)


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

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._parcels

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
        if not self._parcels:
            self._is_filled.set()
        self._parcels.append(parcel)
        self._bytes += _size(parcel)
        if self._bytes > self._limit_bytes:
            self._drop_oldest()

    def tell_dropped(self) -> None:
        """Log how many were dropped since this was last told, if any."""
        dropped, self._dropped = self._dropped, 0
        if dropped:
            _log.warning("%d payloads were dropped: more was published than NATS took.", dropped)

    async def take(self) -> list[Parcel]:
        """The next ones, as soon as there are any."""
        await self._is_filled.wait()
        parcels = self._parcels
        batch = [parcels.popleft() for _ in range(min(len(parcels), _BATCH))]
        self._bytes -= sum(map(_size, batch))
        if not parcels:
            self._is_filled.clear()
        return batch

    def _drop_oldest(self) -> None:
        while self._bytes > self._limit_bytes and len(self._parcels) > 1:
            self._bytes -= _size(self._parcels.popleft())
            self._dropped += 1


def _size(parcel: Parcel) -> int:
    return len(parcel.payload or b"") + _PARCEL_BYTES
