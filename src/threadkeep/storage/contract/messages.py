"""What a storage does with messages."""

from __future__ import annotations

from typing import Protocol

from threadkeep.storage.contract.record import Record, StoredPage
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery


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
