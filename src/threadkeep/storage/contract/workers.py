"""What a storage does with the leases of workers."""

from __future__ import annotations

from typing import Protocol

import msgspec


class RunOwnership(msgspec.Struct, frozen=True, kw_only=True):
    """A run that a worker holds, as storage sees it."""

    project: str
    thread_id: str
    run_id: str
    epoch: int
    status: str


class Workers(Protocol):
    """Leases: one per worker, not one per run."""

    async def renew(self, worker: str, lease_seconds: float) -> None:
        """Let the worker's lease run for `lease_seconds` from now, by the storage's own clock."""
        ...

    async def owned(self, worker: str) -> list[RunOwnership]:
        """The runs `in_progress` or `cancelling` that the worker holds."""
        ...

    async def retire(self, worker: str) -> None:
        """End the worker's lease now: what it still holds can be rescued at once."""
        ...
