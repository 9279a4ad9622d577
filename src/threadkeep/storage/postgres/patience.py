"""Trying again, for as long as an outage or a fail-over may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.failure import is_of_database, is_passing

T = TypeVar("T")

_SHORTEST: Final = 0.02  # seconds
_LONGEST: Final = 0.5  # seconds: so soon it goes on after a fail-over


async def patiently(attempt: Callable[[], Awaitable[T]], seconds: float, label: str) -> T:
    """The result of `attempt`, which is made again after each failure that may pass.

    Raises `StorageError`, which names `label`, for a failure that will not pass, or did not within `seconds`.
    """
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + seconds
    pauses = _pauses()
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not is_of_database(error):
                raise
            pause = next(pauses)
            if not is_passing(error) or loop.time() + pause > give_up_at:
                reason = str(error) or type(error).__name__
                raise StorageError(f"{label}: {reason}") from error
        await asyncio.sleep(pause)


def _pauses() -> Iterator[float]:
    pause = _SHORTEST
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST)
