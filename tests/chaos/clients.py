"""Clients at work: several of them at once, each doing one thing after the other until they are told to finish."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Self

from tests.chaos.waiting import PATIENCE_SECONDS, wait_until


class Clients(ABC):
    """They work while the block runs.

    async with clients:
        ...                         # faults
        await clients.finish()      # what was begun comes to its end
    """

    def __init__(self, count: int) -> None:
        self.problems: list[str] = []
        """What they saw and must not see."""
        self._count = count
        self._is_over = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    @abstractmethod
    def ended(self) -> int:
        """How many things were done."""

    @abstractmethod
    async def prepare(self) -> None:
        """Make what all of them need."""

    @abstractmethod
    async def work(self) -> None:
        """Do one thing; an error is noted, and the next one begun."""

    @abstractmethod
    def unfinished(self) -> str:
        """What is begun and not done, for people."""

    async def __aenter__(self) -> Self:
        await self.prepare()
        self._tasks = [asyncio.create_task(self._go_on()) for _ in range(self._count)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def finish(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Begin nothing more, and wait for what was begun; what is not over by then is stuck."""
        self._is_over = True
        _, stuck = await asyncio.wait(self._tasks, timeout=seconds)
        if stuck:
            self.problems.append(f"{len(stuck)} clients are stuck: {self.unfinished()}")

    async def reach(self, ended: int, seconds: float = PATIENCE_SECONDS) -> None:
        """Return once so many more things are done: the servers are at work."""
        goal = self.ended + ended
        await wait_until(lambda: self.ended >= goal, seconds)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._is_over

    async def _go_on(self) -> None:
        while not self._is_over:
            try:
                await self.work()
            except Exception as error:
                self.problems.append(f"{type(error).__name__}: {error}")
