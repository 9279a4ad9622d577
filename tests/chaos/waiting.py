"""Waiting for what will be so by and by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_LOOK_SECONDS = 0.02


async def wait_until(is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return once it is so. Raises `TimeoutError` if that takes too long."""
    async with asyncio.timeout(seconds):
        while True:
            if is_so():
                return
            await asyncio.sleep(_LOOK_SECONDS)
