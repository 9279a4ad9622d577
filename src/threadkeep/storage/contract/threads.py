"""What a storage does with threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from threadkeep.storage.contract.record import Record, StoredPage
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.thread import Thread


class Threads(Protocol):
    """Threads of a project."""

    async def insert(self, project: str, thread: Thread, messages: Sequence[Message] = ()) -> None:
        """Keep a new thread with its first messages, all or nothing.

        Raises `MissingError` if its code interpreter lists a file that is not there.
        """
        ...

    async def find(self, project: str, thread_id: str) -> Record[Thread] | None:
        """The thread, or None."""
        ...

    async def update(self, project: str, thread: Thread, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`. Raises `MissingError` as `insert` does."""
        ...

    async def delete(self, project: str, thread_id: str) -> bool:
        """Remove it with its messages, runs and run steps; False if there was none."""
        ...

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's threads. An unknown cursor raises `MissingError`."""
        ...
