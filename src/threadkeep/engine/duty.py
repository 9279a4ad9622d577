"""Duty: something that has to be done again and again while the engine runs."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from contextlib import suppress

from threadkeep.errors import StorageError

logger = logging.getLogger(__name__)


class Duty(ABC):
    """Runs `tick` every `interval_seconds`, and at once after `hurry()`. A failed tick is logged, and tried again.

    That the storage is out of reach is told once, and once more when that is over.
    """

    def __init__(self, interval_seconds: float) -> None:
        self.interval_seconds = interval_seconds
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_failing = False

    @abstractmethod
    async def tick(self) -> None:
        """Do what is to be done now."""

    def start(self) -> None:
        """Begin, with a first tick at once."""
        self._task = asyncio.create_task(self._loop(), name=type(self).__name__)

    async def stop(self) -> None:
        """End; a tick that is under way is broken off."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def hurry(self) -> None:
        """Tick again now."""
        self._hurry.set()

    async def _tried(self) -> None:
        name = type(self).__name__
        try:
            await self.tick()
        except StorageError as error:
            if not self._is_failing:
                logger.warning("%s: %s It is tried again until that works.", name, error)
            self._is_failing = True
        except Exception:
            logger.exception("%s failed, will be tried again", name)
        else:
            if self._is_failing:
                logger.warning("%s: that works again.", name)
            self._is_failing = False

    async def _loop(self) -> None:
        while True:
            self._hurry.clear()
            await self._tried()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.interval_seconds):
                    await self._hurry.wait()
