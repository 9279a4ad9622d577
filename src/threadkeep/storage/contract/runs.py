"""What a storage does with runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from threadkeep.storage.contract.record import StoredPage
from threadkeep.storage.contract.run_steps import EventSpan
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.run import OnCrash, Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread
from threadkeep.types.usage import Usage

_ACTIVE: Final = frozenset({"queued", "in_progress", "requires_action", "cancelling"})


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A run with what only the engine sees.

    `epoch` grows with each claim; together with `worker` it is the fence that keeps out a worker which lost the run.
    `attempts` counts claims since the caller last had a hand in it. `due_at` is when the run expires. `parked_usage` is
    that of the turn whose tool calls wait for outputs: their step shows it only once it is completed. `on_crash` never
    changes. `traceparent` names the trace of the request that set the run going, as the W3C has it.
    """

    project: str
    run: Run
    revision: int = 1
    worker: str | None = None
    epoch: int = 0
    attempts: int = 0
    due_at: float | None = None
    parked_usage: Usage | None = None
    on_crash: OnCrash = "resume"
    traceparent: str | None = None

    @property
    def is_closed(self) -> bool:
        """Whether it has ended without a worker."""
        return self.worker is None and self.run.status not in _ACTIVE

    def claimed(self, worker: str, start: Callable[[Run], Run]) -> RunRecord:
        """As it is once `worker` has it; `start` says what a run looks like then."""
        return msgspec.structs.replace(
            self,
            run=start(self.run),
            worker=worker,
            epoch=self.epoch + 1,
            attempts=self.attempts + 1,
            revision=self.revision + 1,
        )


class Runs(Protocol):
    """Runs. The row of a run is the queue, and the lock of its thread."""

    async def insert(
        self,
        record: RunRecord,
        *,
        messages: Sequence[Message] = (),
        thread: Thread | None = None,
    ) -> RunRecord:
        """Keep a new run, with messages that it adds, and with its `thread` if that is new; all or nothing.

        It is queued, or claimed already. Returns the record as it is kept.
        Raises `MissingError` (no thread) or `ThreadBusyError` (another run is active).
        """
        ...

    async def find(self, project: str, thread_id: str, run_id: str) -> RunRecord | None:
        """The run, or None."""
        ...

    async def page(self, project: str, thread_id: str, query: PageQuery) -> StoredPage:
        """A page of the thread's runs. An unknown cursor raises `MissingError`."""
        ...

    async def delete(self, record: RunRecord) -> bool:
        """Remove the run and its steps; False if it is no longer at the record's revision."""
        ...

    async def claim(
        self,
        worker: str,
        start: Callable[[Run], Run],
        *,
        limit: int,
        only: tuple[str, str] | None = None,
    ) -> list[RunRecord]:
        """Give queued runs to `worker`: the oldest ones, at most `limit`, or `only` that of a thread id and a run id.

        `start` is pure and says what a run looks like once it is started. `epoch` and `attempts` grow by one. Steps and
        messages that an earlier attempt left open are removed.
        """
        ...

    async def write(
        self,
        record: RunRecord,
        *,
        steps: Sequence[RunStep] = (),
        messages: Sequence[Message] = (),
        spans: Mapping[str, EventSpan] | None = None,
        after: RunRecord | None = None,
    ) -> RunRecord | None:
        """Write what became of a run: `after` replaces `record`, steps and messages are inserted or replaced.

        `spans` says, by step id, which events tell of the steps; a step that it leaves out keeps what it had.

        With `after`: only if the row still has the revision, epoch and worker of `record`; all other fields of `after`
        are kept as given, but for its revision. Without it: only if it still has that epoch and worker and an active
        status. Else nothing at all is written, and the answer is None. A run that is closed leaves no step and no
        message open: those that are not given, since they came at the last moment, are removed.
        Returns the record as it is now.
        """
        ...

    async def due(self, limit: int) -> list[RunRecord]:
        """Active runs whose `due_at` has passed, by the storage's own clock."""
        ...

    async def orphans(self, limit: int) -> list[RunRecord]:
        """Runs `in_progress` or `cancelling` whose worker let its lease run out, by the storage's own clock."""
        ...
