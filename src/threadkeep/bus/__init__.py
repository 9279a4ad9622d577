"""Wake-ups, cancel and live events between the parts of a server: the contract.

`in_process.py` is the bus of a server that is one process, `nats/` that of many.

Anything on the bus may be lost; what must not be lost is in storage, and a sweep of it repairs every loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, SupportsBytes, TypeAlias

SMALL_BYTES: Final = 64 * 1024
"""What every bus carries in one piece."""

Deliver: TypeAlias = Callable[[Any], None]
"""Takes what was published: itself if that was done on the same event loop, else its bytes."""


class Subscription(Protocol):
    """A subscription that can be ended."""

    async def cancel(self) -> None:
        """Deliver no more."""
        ...


class Bus(Protocol):
    """Carries payloads by subject. A subject is words of `[A-Za-z0-9_-]` joined by dots.

    A payload is bytes, or something of which bytes can be made. It may be of any size, but what goes to a queue, and a
    request, has at most `SMALL_BYTES`.
    """

    async def start(self) -> None:
        """Connect; if there is nothing to connect to, go on trying."""
        ...

    async def stop(self) -> None:
        """Disconnect, with what was published sent if that is quick; subscriptions end."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether what is published now can reach anybody."""
        ...

    @property
    def label(self) -> str:
        """Where the bus is, for people; holds no secret."""
        ...

    def publish(self, subject: str, payload: SupportsBytes) -> None:
        """Send to whoever listens; never blocks, never raises, may be lost.

        What one publisher sends on one subject comes in its order.
        """
        ...

    async def subscribe(
        self, subject: str, deliver: Deliver, *, queue: str | None = None
    ) -> Subscription:
        """Call `deliver` with each payload; of subscribers with the same `queue`, each payload reaches one.

        If it raises, that is logged, and the next payload is delivered all the same.
        """
        ...

    async def serve(self, subject: str, answer: Callable[[bytes], bytes]) -> Subscription:
        """Answer requests on `subject`; where several do, one of them. If it raises, there is no answer."""
        ...

    async def request(self, subject: str, payload: bytes, *, timeout: float) -> bytes | None:
        """The answer of whoever serves `subject`; None at once if nobody does, or after `timeout` seconds."""
        ...
