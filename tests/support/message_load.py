"""Many callers that keep messages one after the other, and what was acknowledged to them."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import TracebackType
from typing import Self

import msgspec

from tests.support.records import PROJECT, keep_thread, new_message
from threadkeep.storage import Storage
from threadkeep.types.page import PageQuery
from threadkeep.types.thread import Thread


class MessageLoad:
    """While it is entered, each caller keeps messages; two callers write to the same thread."""

    def __init__(self, storage: Storage, callers: int = 32) -> None:
        self._storage = storage
        self._callers = callers
        self._threads: list[Thread] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._is_on = True
        self.acknowledged: list[str] = []

    async def __aenter__(self) -> Self:
        for _ in range(self._callers // 2):
            self._threads.append(await keep_thread(self._storage))
        self._tasks = [
            asyncio.create_task(self._keep_on(self._threads[number // 2]))
            for number in range(self._callers)
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raises what any of the callers was told, if it was not an acknowledgement."""
        self._is_on = False
        await asyncio.gather(*self._tasks)

    async def more(self, count: int) -> None:
        """Wait until so many more are acknowledged than now."""
        wanted = len(self.acknowledged) + count
        while len(self.acknowledged) < wanted:
            if failed := [task for task in self._tasks if task.done()]:
                await failed[0]
            await asyncio.sleep(0.01)

    async def compare(self, storage: Storage) -> None:
        """See that all that was acknowledged is there, once, and nothing else."""
        kept: Counter[str] = Counter()
        for thread in self._threads:
            query = PageQuery(order="asc", limit=1_000_000)
            page = await storage.messages.page(PROJECT, thread.id, query)
            kept.update(msgspec.json.decode(item)["id"] for item in page.items)
        assert kept == Counter(self.acknowledged)

    async def _keep_on(self, thread: Thread) -> None:
        while self._is_on:
            message = new_message(thread)
            await self._storage.messages.insert(PROJECT, message)
            self.acknowledged.append(message.id)
