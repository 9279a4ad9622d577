"""Waiting for what will be so by and by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE_SECONDS = 90.0
"""Far longer than anything takes on a machine that has nothing else to do: a busy one is no fault."""
_LOOK_SECONDS = 0.02


async def wait_until(is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Return once it is so. Raises `TimeoutError` if that takes too long."""
    async with asyncio.timeout(seconds):
        while True:
            if is_so():
                return
            await asyncio.sleep(_LOOK_SECONDS)
