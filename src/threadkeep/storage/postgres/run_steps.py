"""Run steps in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threadkeep.storage import EventSpan, Record, StoredPage
from threadkeep.storage.postgres.columns import columns_of
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.paging import load_listing, read_page
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Session
from threadkeep.types.codec import decode
from threadkeep.types.page import PageQuery
from threadkeep.types.run_step import RunStep

_FIND: Final = load_query("run_steps/find")
_OF_RUNS: Final = load_query("run_steps/of_runs")
_SPANS: Final = load_query("run_steps/spans")
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
        rows = await self._database.read(
            lambda session: session.rows(
                _OF_RUNS, project=project, thread_id=thread_id, run_ids=list(run_ids)
            )
        )
        return [decode(body, RunStep) for (body,) in rows]

    async def spans(self, project: str, thread_id: str, run_id: str) -> dict[str, EventSpan]:
        """Which events tell of the run's steps, by step id, oldest first."""
        rows = await self._database.read(
            lambda session: session.rows(
                _SPANS, project=project, thread_id=thread_id, run_id=run_id
            )
        )
        return {step_id: EventSpan(*span) for step_id, *span in rows}


async def delete_open_steps(session: Session, runs: Sequence[Parameters]) -> None:
    """Remove the steps of these runs that were begun and not ended."""
    if runs:
        await session.change(_DELETE_OPEN, **columns_of(runs))
