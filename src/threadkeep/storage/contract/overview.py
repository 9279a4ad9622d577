"""What a storage tells whoever operates it: what waits, who works, where a run stands, what is not as it should be."""

from __future__ import annotations

from typing import Protocol

import msgspec

from threadkeep.storage.contract.runs import RunRecord
from threadkeep.types.embedding import EmbeddingSpace


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What no worker has yet, and for how long the oldest of it waits; None if nothing does."""

    run_count: int
    oldest_run_seconds: float | None
    file_count: int
    oldest_file_seconds: float | None


class WorkerLease(msgspec.Struct, frozen=True, kw_only=True):
    """The lease of a worker, and what the worker holds by it. With no seconds left its runs are to be rescued."""

    worker: str
    seconds_left: float
    run_count: int
    file_count: int


class RunStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stands.

    `queued_seconds` is how long it has been waiting for a worker, None if it does not, and `ahead_count` how many runs
    were queued before it. `lease_seconds_left` is that of the worker which holds it, None if that has no lease.
    `due_seconds` is how long until it expires, None if it never does.
    """

    record: RunRecord
    queued_seconds: float | None
    ahead_count: int
    lease_seconds_left: float | None
    due_seconds: float | None


class Finding(msgspec.Struct, frozen=True):
    """Something that was looked at. With `advice` it is not as it should be, and this is what to do."""

    what: str
    result: str
    advice: str = ""


class Overview(Protocol):
    """Over all projects, by the storage's own clock. For now and then: some of it costs as much as there is waiting."""

    async def backlog(self) -> Backlog:
        """What waits for a worker."""
        ...

    async def leases(self) -> list[WorkerLease]:
        """The workers that have a lease, or had one and never gave it back."""
        ...

    async def standing(self, project: str, run_id: str) -> RunStanding | None:
        """Where the run stands, found by its id alone; None if there is none."""
        ...

    async def embedded_otherwise(
        self, space: EmbeddingSpace | None, limit: int
    ) -> dict[str, EmbeddingSpace]:
        """At most `limit` vector stores that are searched in another space, and which it is."""
        ...

    async def findings(self) -> list[Finding]:
        """What of the storage itself decides whether it can be relied upon."""
        ...
