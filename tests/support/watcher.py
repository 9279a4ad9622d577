"""Whoever follows a run in a test, and what they have seen of it so far."""

from __future__ import annotations

import asyncio

from tests.support.nodes import SECONDS, Node
from threadkeep.engine.event_log import RunEvent
from threadkeep.storage import RunRecord
from threadkeep.types.codec import decode
from threadkeep.types.delta import MessageDelta


class Watcher:
    """Follows a run on a node, from now to its end."""

    def __init__(self, node: Node, record: RunRecord) -> None:
        self.events: list[RunEvent] = []
        self._task = asyncio.create_task(self._follow(node, record))

    async def _follow(self, node: Node, record: RunRecord) -> None:
        async for batch in node.engine.follower.follow(record):
            self.events += batch

    @property
    def names(self) -> list[str]:
        """The names of the events."""
        return [event.name for event in self.events]

    @property
    def text(self) -> str:
        """What the model has said."""
        deltas = [
            decode(event.data, MessageDelta)
            for event in self.events
            if event.name == "thread.message.delta"
        ]
        return "".join(part.text.value for delta in deltas for part in delta.delta.content)

    async def sees(self, text: str) -> None:
        """Return once that was said."""
        async with asyncio.timeout(SECONDS):
            while True:
                if text in self.text:
                    return
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        """Return once there is nothing more to see."""
        async with asyncio.timeout(SECONDS):
            await self._task
