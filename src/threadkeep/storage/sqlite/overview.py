"""What SQLite tells whoever operates the server."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Final

from threadkeep.storage import Backlog, Finding, RunStanding, WorkerLease
from threadkeep.storage.rows import run_record
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Row, Session
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode
from threadkeep.types.embedding import EmbeddingSpace
from threadkeep.types.vector_store import VectorStoreFile

_BACKLOG: Final = load_query("overview/backlog")
_EMBEDDED_OTHERWISE: Final = load_query("overview/embedded_otherwise")
_LEASES: Final = load_query("overview/leases")
_STANDING: Final = load_query("overview/standing")
_SCHEMA: Final = load_query("overview/schema")

_TIGHT_BYTES: Final = 1_000_000_000
_ROOM: Final = "make room on the disk: when it is full, nothing can be written any more"


class Overview:
    """Over all projects of the file."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def backlog(self) -> Backlog:
        """What waits for a worker."""
        row = await self._database.search(lambda session: session.row(_BACKLOG))
        assert row is not None
        run_count, queued_at, file_count, oldest_file = row
        created_at = decode(oldest_file, VectorStoreFile).created_at if oldest_file else None
        return Backlog(
            run_count=run_count,
            oldest_run_seconds=self._since(queued_at),
            file_count=file_count,
            oldest_file_seconds=self._since(created_at),
        )

    async def leases(self) -> list[WorkerLease]:
        """The workers that have a lease, or had one and never gave it back."""
        now = self._clock.now()
        rows = await self._database.search(lambda session: session.rows(_LEASES))
        return [
            WorkerLease(
                worker=worker,
                seconds_left=max(lease_until - now, 0.0),
                run_count=run_count,
                file_count=file_count,
            )
            for worker, lease_until, run_count, file_count in rows
        ]

    async def standing(self, project: str, run_id: str) -> RunStanding | None:
        """Where the run stands, found by its id alone; None if there is none."""
        row = await self._database.search(
            lambda session: session.row(_STANDING, project=project, id=run_id)
        )
        return None if row is None else self._standing(row)

    async def embedded_otherwise(
        self, space: EmbeddingSpace | None, limit: int
    ) -> dict[str, EmbeddingSpace]:
        """At most `limit` vector stores that are searched in another space, and which it is."""
        mine = space or EmbeddingSpace("", 0)
        rows = await self._database.search(
            lambda session: session.rows(
                _EMBEDDED_OTHERWISE, model=mine.model, dimensions=mine.dimensions, limit=limit
            )
        )
        return {store: EmbeddingSpace(model, dimensions) for store, model, dimensions in rows}

    async def findings(self) -> list[Finding]:
        """What of the file decides whether it can be relied upon."""
        schema = await self._database.search(_schema_version)
        path = self._database.path
        found = [
            Finding("SQLite", sqlite3.sqlite_version),
            Finding("Schema", f"version {schema}"),
        ]
        return found if path is None else [*found, _space_finding(path)]

    def _standing(self, row: Row) -> RunStanding:
        *columns, queued_at, ahead_count, lease_until = row
        record, now = run_record(tuple(columns)), self._clock.now()
        is_queued = record.run.status == "queued"
        return RunStanding(
            record=record,
            queued_seconds=self._since(queued_at) if is_queued else None,
            ahead_count=ahead_count if is_queued else 0,
            lease_seconds_left=None if lease_until is None else max(lease_until - now, 0.0),
            due_seconds=None if record.due_at is None else max(record.due_at - now, 0.0),
        )

    def _since(self, moment: float | None) -> float | None:
        return None if moment is None else max(self._clock.now() - moment, 0.0)


def _schema_version(session: Session) -> int:
    row = session.row(_SCHEMA)
    assert row is not None
    return row[0]


def _space_finding(path: Path) -> Finding:
    """How much room the disk has, beside what the file takes."""
    free = shutil.disk_usage(path.parent).free
    result = f"{_size(path.stat().st_size)} used, {_size(free)} free on the disk"
    return Finding("Space", result, _ROOM if free < _TIGHT_BYTES else "")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count < 1_000_000_000 else f"{count / 1e9:.1f} GB"
