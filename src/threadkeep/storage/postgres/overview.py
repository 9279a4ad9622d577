"""What PostgreSQL tells whoever operates the server."""

from __future__ import annotations

from typing import Final

from threadkeep.storage import Backlog, Finding, RunStanding, WorkerLease
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.findings import server_findings, standby_finding
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.migration import migrations, read_version
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Row, Session
from threadkeep.storage.rows import run_record
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode
from threadkeep.types.embedding import EmbeddingSpace
from threadkeep.types.vector_store import VectorStoreFile

_BACKLOG: Final = load_query("overview/backlog")
_EMBEDDED_OTHERWISE: Final = load_query("overview/embedded_otherwise")
_LEASES: Final = load_query("overview/leases")
_STANDING: Final = load_query("overview/standing")
_SERVER: Final = load_query("overview/server")
_STANDBYS: Final = load_query("overview/standbys")


class Overview:
    """Over all projects of the database."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock

    async def backlog(self) -> Backlog:
        """What waits for a worker."""
        rows = await self._database.read(
            lambda session: session.rows(_BACKLOG, now=given_now(self._clock))
        )
        run_count, queued_at, file_count, oldest_file, now = rows[0]
        created_at = decode(oldest_file, VectorStoreFile).created_at if oldest_file else None
        return Backlog(
            run_count=run_count,
            oldest_run_seconds=_between(queued_at, now),
            file_count=file_count,
            oldest_file_seconds=_between(created_at, now),
        )

    async def leases(self) -> list[WorkerLease]:
        """The workers that have a lease, or had one and never gave it back."""
        rows = await self._database.read(
            lambda session: session.rows(_LEASES, now=given_now(self._clock))
        )
        return [
            WorkerLease(
                worker=worker,
                seconds_left=seconds_left,
                run_count=run_count,
                file_count=file_count,
            )
            for worker, seconds_left, run_count, file_count in rows
        ]

    async def standing(self, project: str, run_id: str) -> RunStanding | None:
        """Where the run stands, found by its id alone; None if there is none."""
        row = await self._database.read(
            lambda session: session.row(
                _STANDING, project=project, id=run_id, now=given_now(self._clock)
            )
        )
        return None if row is None else _standing(row)

    async def embedded_otherwise(
        self, space: EmbeddingSpace | None, limit: int
    ) -> dict[str, EmbeddingSpace]:
        """At most `limit` vector stores that are searched in another space, and which it is."""
        mine = space or EmbeddingSpace("", 0)
        rows = await self._database.read(
            lambda session: session.rows(
                _EMBEDDED_OTHERWISE, model=mine.model, dimensions=mine.dimensions, limit=limit
            )
        )
        return {store: EmbeddingSpace(model, dimensions) for store, model, dimensions in rows}

    async def findings(self) -> list[Finding]:
        """What of the server decides whether it can be relied upon."""
        return await self._database.read(_findings)


async def _findings(session: Session) -> list[Finding]:
    (server,), (standbys,) = await session.rows(_SERVER), await session.rows(_STANDBYS)
    version = await read_version(session.connection)
    is_old = version.number < len(migrations())
    schema = Finding(
        "Schema",
        f"version {version.number}",
        "run `threadkeep migrate`: this Threadkeep knows a newer version" if is_old else "",
    )
    return [schema, *server_findings(server), standby_finding(standbys)]


def _standing(row: Row) -> RunStanding:
    *columns, queued_at, ahead_count, lease_until, now = row
    record = run_record(columns)
    is_queued = record.run.status == "queued"
    return RunStanding(
        record=record,
        queued_seconds=_between(queued_at, now) if is_queued else None,
        ahead_count=ahead_count if is_queued else 0,
        lease_seconds_left=_between(now, lease_until),
        due_seconds=_between(now, record.due_at),
    )


def _between(earlier: float | None, later: float | None) -> float | None:
    """Seconds, none if the order is the other way; None if either has not been."""
    return None if earlier is None or later is None else max(later - earlier, 0.0)
