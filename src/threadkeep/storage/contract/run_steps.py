"""What a storage does with run steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from threadkeep.storage.contract.record import Record, StoredPage
from threadkeep.types.page import PageQuery
from threadkeep.types.run_step import RunStep


class EventSpan(msgspec.Struct, frozen=True):
    """Which events of its run tell of a run step: those of one claim, from `first` to `last`, None while it is open."""

    epoch: int
    first: int
    last: int | None = None


class RunSteps(Protocol):
    """Run steps, in the order in which they were kept."""

    async def find(
        self, project: str, thread_id: str, run_id: str, step_id: str
    ) -> Record[RunStep] | None:
        """The run step, or None."""
        ...

    async def page(self, project: str, thread_id: str, run_id: str, query: PageQuery) -> StoredPage:
        """A page of the run's steps. An unknown cursor raises `MissingError`."""
        ...

    async def of_runs(self, project: str, thread_id: str, run_ids: Sequence[str]) -> list[RunStep]:
        """All steps of these runs, oldest first."""
        ...

    async def spans(self, project: str, thread_id: str, run_id: str) -> dict[str, EventSpan]:
        """Which events tell of the run's steps, by step id, oldest first; without those that no event told of."""
        ...
