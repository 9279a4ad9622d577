"""Run steps in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from threadkeep.storage import EventSpan, Record, StoredPage
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.paging import load_listing, read_page
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Parameters, Session
from threadkeep.types.codec import decode
from threadkeep.types.page import PageQuery
from threadkeep.types.run_step import RunStep

_FIND: Final = load_query("run_steps/find")
_OF_RUNS: Final = load_query("run_steps/of_runs")
_SPANS: Final = load_query("run_steps/spans")
_WRITE: Final = load_query("run_steps/write")
_DELETE_OPEN: Final = load_query("run_steps/delete_open")
_LISTING: Final = load_listing("run step", "run_steps")


class RunSteps:
    """Run steps, in the order in which they were kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, project: str, thread_id: str, run_id: str, step_id: str
    ) -> Record[RunStep] | None:
        """The run step, or None."""
        row = await self._database.read(
            lambda session: session.row(
                _FIND, project=project, thread_id=thread_id, run_id=run_id, id=step_id
            )
        )
        return None if row is None else Record(row[0], row[1], RunStep)

    async def page(self, project: str, thread_id: str, run_id: str, query: PageQuery) -> StoredPage:
        """A page of the run's steps."""
        return await self._database.read(
            lambda session: read_page(
                session, _LISTING, query, project=project, thread_id=thread_id, run_id=run_id
            )
        )

    async def of_runs(self, project: str, thread_id: str, run_ids: Sequence[str]) -> list[RunStep]:
        """All steps of these runs, oldest first."""
        wanted = msgspec.json.encode(list(dict.fromkeys(run_ids))).decode()
        rows = await self._database.read(
            lambda session: session.rows(
                _OF_RUNS, project=project, thread_id=thread_id, run_ids=wanted
            )
        )
        return [decode(body, RunStep) for _, body in sorted(rows)]

    async def spans(self, project: str, thread_id: str, run_id: str) -> dict[str, EventSpan]:
        """Which events tell of the run's steps, by step id, oldest first."""
        rows = await self._database.read(
            lambda session: session.rows(
                _SPANS, project=project, thread_id=thread_id, run_id=run_id
            )
        )
        return {step_id: EventSpan(*span) for step_id, *span in rows}


def write_steps(session: Session, rows: Sequence[Parameters]) -> None:
    """Insert run steps, or replace them where they are."""
    for row in rows:
        session.change(_WRITE, **row)


def delete_open_steps(session: Session, project: str, run_id: str) -> None:
    """Remove the steps of a run that were begun and not ended."""
    session.change(_DELETE_OPEN, project=project, run_id=run_id)
