"""Waiting, in both colours."""

from __future__ import annotations

import asyncio
import time


def pause(seconds: float) -> None:
    """Block for `seconds`."""
    time.sleep(seconds)


async def apause(seconds: float) -> None:
    """Let others go on for `seconds`."""
    await asyncio.sleep(seconds)
