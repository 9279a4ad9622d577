"""Several calls at once, as the async client makes them; apart from `together.py` as `apause.py` is from `pause.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def atogether(calls: Sequence[Callable[[], Awaitable[T]]], limit: int) -> list[T]:
    """What each of `calls` gives, at most `limit` of them at a time; one failure ends the others."""
    gate = asyncio.Semaphore(limit)

    async def one(call: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await call()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in calls]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
