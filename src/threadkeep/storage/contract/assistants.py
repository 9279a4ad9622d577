"""What a storage does with assistants."""

from __future__ import annotations

from typing import Protocol

from threadkeep.storage.contract.record import Record, StoredPage
from threadkeep.types.assistant import Assistant
from threadkeep.types.page import PageQuery


class Assistants(Protocol):
    """Assistants of a project."""

    async def insert(self, project: str, assistant: Assistant) -> None:
        """Keep a new assistant. Raises `MissingError` if its code interpreter lists a file that is not there."""
        ...

    async def find(self, project: str, assistant_id: str) -> Record[Assistant] | None:
        """The assistant, or None."""
        ...

    async def update(self, project: str, assistant: Assistant, revision: int) -> bool:
        """Replace it; False if it is no longer at `revision`. Raises `MissingError` as `insert` does."""
        ...

    async def delete(self, project: str, assistant_id: str) -> bool:
        """Remove it; False if there was none."""
        ...

    async def page(self, project: str, query: PageQuery) -> StoredPage:
        """A page of the project's assistants. An unknown cursor raises `MissingError`."""
        ...
