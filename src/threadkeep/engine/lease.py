"""Lease: says that a worker is alive. It is one per worker, not one per run, and renewed four times while it lasts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

from threadkeep.engine.duty import Duty
from threadkeep.storage import Storage

_RENEWALS: Final = 4
"""How often it is renewed in the time that it lasts."""
_IN_TIME: Final = 5 / 8
"""Renewals that follow each other in this part of a lease leave no room for an outage that ends anybody's lease."""


class Lease(Duty):
    """The lease of one worker, as this node sees it. After each renewal `on_renewed` is awaited."""

    def __init__(
        self,
        storage: Storage,
        worker: str,
        seconds: float,
        on_renewed: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(seconds / _RENEWALS)
        self.seconds = seconds
        self._storage = storage
        self._worker = worker
        self._on_renewed = on_renewed
        self._held_since = self._renewed_at = time.monotonic()

    async def tick(self) -> None:
        """Renew it."""
        began = time.monotonic()
        await self._storage.workers.renew(self._worker, self.seconds)
        ended = time.monotonic()
        if ended - self._renewed_at > self.seconds * _IN_TIME:
            self._held_since = ended
        self._renewed_at = began
        await self._on_renewed()
        if (
            self.silent_seconds > self.interval_seconds
        ):  # the storage took its time: the next one is due
            self.hurry()

    @property
    def silent_seconds(self) -> float:
        """How long ago the last renewal that went through was sent."""
        return time.monotonic() - self._renewed_at

    @property
    def is_held(self) -> bool:
        """Whether it has certainly not run out."""
        return self.silent_seconds < self.seconds

    @property
    def has_been_held(self) -> bool:
        """Whether renewals have gone through in time for at least as long as a lease lasts.

        Only then what others are said to have let run out has run out: after an outage of the storage, or after this
        process was frozen, every lease looks like that. To be asked after looking at the leases of others.
        """
        return (
            self.silent_seconds < self.seconds * _IN_TIME
            and time.monotonic() - self._held_since >= self.seconds
        )
