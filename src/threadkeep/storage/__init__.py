"""The record of everything: the contract, one protocol per noun. `sqlite/` is its first implementation.

Every call names the project; what another project owns is answered as if it were not there. What was acknowledged is
on disk. A change is a compare-and-set: it goes through only if the record is still as it was read (`revision`), so that
the rules about what may change stand outside, and whoever loses a race reads again and decides again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeAlias, TypeVar

import msgspec

from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import decode
from threadkeep.types.message import Message
from threadkeep.types.page import PageBody, PageQuery
from threadkeep.types.resource import Resource
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread
from threadkeep.types.usage import Usage

ResourceT = TypeVar("ResourceT", bound=Resource)

StoredPage: TypeAlias = PageBody[msgspec.Raw]
"""A page whose items are the stored JSON: it is sent as it is, nothing is decoded."""


class Record(msgspec.Struct, Generic[ResourceT], frozen=True):
    """An object as it is kept: its JSON, and a revision that grows with each change."""

    body: bytes
    revision: int
    type: type[ResourceT]

    @property
    def value(self) -> ResourceT:
        """The object."""
        return decode(self.body, self.type)


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A run with what only the engine sees.

    `epoch` grows with each claim; together with `worker` it is the fence that keeps out a worker which lost the run.
    `attempts` counts claims since the caller last had a hand in it. `due_at` is when the run expires. `parked_usage` is
    that of the turn whose tool calls wait for outputs: their step shows it only once it is completed.
    """

    project: str
    run: Run
    revision: int
    worker: str | None = None
    epoch: int = 0
    attempts: int = 0
    due_at: float | None = None
    parked_usage: Usage | None = None


class RunOwnership(msgspec.Struct, frozen=True, kw_only=True):
    """A run that a worker holds, as storage sees it."""

    run_id: str
    epoch: int
    status: str


class Assistants(Protocol):
    """Assistants of a project."""

    async def insert(self, project: str, assistant: Assistant) -> None:
        """Keep a new assistant."""
        ...

    async def find(self, project: str, assistant_id: str) -> Record[Assistant] | None:
        """The assistant, or None."""
        ...

    async def update(self, project: str, assistant: Assistant, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`."""
        ...

    async def delete(self, project: str, assistant_id: str) -> bool:
        """Remove it; False if there was none."""
        ...

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's assistants. An unknown cursor raises `MissingError`."""
        ...


class Threads(Protocol):
    """Threads of a project."""

    async def insert(self, project: str, thread: Thread, messages: Sequence[Message] = ()) -> None:
        """Keep a new thread with its first messages, all or nothing."""
        ...

    async def find(self, project: str, thread_id: str) -> Record[Thread] | None:
        """The thread, or None."""
        ...

    async def update(self, project: str, thread: Thread, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`."""
        ...

    async def delete(self, project: str, thread_id: str) -> bool:
        """Remove it with its messages, runs and run steps; False if there was none."""
        ...

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's threads. An unknown cursor raises `MissingError`."""
        ...


class Messages(Protocol):
    """Messages of a thread, in the order in which they were kept."""

    async def insert(self, project: str, message: Message) -> None:
        """Keep a new message. Raises `MissingError` (no thread) or `ThreadBusyError` (a run is active)."""
        ...

    async def find(self, project: str, thread_id: str, message_id: str) -> Record[Message] | None:
        """The message, or None."""
        ...

    async def update(self, project: str, message: Message, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`."""
        ...

    async def delete(self, project: str, thread_id: str, message_id: str) -> bool:
        """Remove it; False if there was none."""
        ...

    async def page(
        self, project: str, thread_id: str, query: PageQuery, run_id: str | None = None
    ) -> StoredPage:
        """A page of the thread's messages, or of those that one run made. `query.limit` may be any size.

        The cost does not depend on the length of the thread. An unknown cursor raises `MissingError`.
        """
        ...

    async def has_user_message(self, project: str, thread_id: str) -> bool:
        """Whether a user has said anything on the thread."""
        ...


class Runs(Protocol):
    """Runs. The row of a run is the queue, and the lock of its thread."""

    async def insert(
        self,
        project: str,
        run: Run,
        *,
        due_at: float,
        messages: Sequence[Message] = (),
        thread: Thread | None = None,
    ) -> RunRecord:
        """Keep a new run, queued, with messages that it adds, and with its `thread` if that is new; all or nothing.

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
        self, worker: str, start: Callable[[Run], Run], *, limit: int, run_id: str | None = None
    ) -> list[RunRecord]:
        """Give queued runs to `worker`: the one named, else the oldest ones, at most `limit`.

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
        after: RunRecord | None = None,
    ) -> RunRecord | None:
        """Write what became of a run: `after` replaces `record`, steps and messages are inserted or replaced.

        With `after`: only if the row still has the revision, epoch and worker of `record`; all other fields of `after`
        are kept as given, but for its revision. Without it: only if it still has that epoch and worker and an active
        status. Else nothing at all is written, and the answer is None.
        Returns the record as it is now.
        """
        ...

    async def due(self, limit: int) -> list[RunRecord]:
        """Active runs whose `due_at` has passed, by the storage's own clock."""
        ...

    async def orphans(self, limit: int) -> list[RunRecord]:
        """Runs `in_progress` or `cancelling` whose worker let its lease run out, by the storage's own clock."""
        ...


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


class Storage(Protocol):
    """All of it."""

    assistants: Assistants
    threads: Threads
    messages: Messages
    runs: Runs
    run_steps: RunSteps
    workers: Workers

    async def open(self) -> None:
        """Make it ready, bringing its schema up to date. Raises `StorageError`."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of it."""
        ...

    async def check(self) -> None:
        """Raise `StorageError` if it cannot be read and written now."""
        ...

    @property
    def exclusive(self) -> bool:
        """Whether no other process can use it now, so that what earlier workers left may be rescued at once."""
        ...

    @property
    def label(self) -> str:
        """Where the records are, for people; holds no secret."""
        ...
