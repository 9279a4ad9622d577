"""Wake-ups, cancel and live events between the parts of a server: the contract.

`in_process.py` is its first implementation.

Anything on the bus may be lost; what must not be lost is in storage, and a sweep of it repairs every loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Subscription(Protocol):
    """A subscription that can be ended."""

    async def cancel(self) -> None:
        """Deliver no more."""
        ...


class Bus(Protocol):
    """Carries small messages by subject. A subject is words of `[A-Za-z0-9_-]` joined by dots."""

    async def start(self) -> None:
        """Connect."""
        ...

    async def stop(self) -> None:
        """Disconnect; subscriptions end."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether what is published now can reach anybody."""
        ...

    @property
    def label(self) -> str:
        """Where the bus is, for people; holds no secret."""
        ...

    def publish(self, subject: str, payload: bytes) -> None:
        """Send to whoever listens, in order per publisher; never blocks, never raises, may be lost."""
        ...

    async def subscribe(
        self, subject: str, deliver: Callable[[bytes], None], *, queue: str | None = None
    ) -> Subscription:
        """Call `deliver` with each payload; of subscribers with the same `queue`, each payload reaches one."""
        ...

    async def serve(self, subject: str, answer: Callable[[bytes], bytes]) -> Subscription:
        """Answer requests on `subject`."""
        ...

    async def request(self, subject: str, payload: bytes, *, timeout: float) -> bytes | None:
        """The answer of whoever serves `subject`; None if nobody does, or not in `timeout` seconds."""
        ...
