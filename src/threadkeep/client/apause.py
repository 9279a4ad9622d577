"""Waiting, as the async client does; apart from `pause.py`, so that the sync client loads no event loop."""

from __future__ import annotations

import asyncio


async def apause(seconds: float) -> None:
    """Let others go on for `seconds`."""
    await asyncio.sleep(seconds)
