"""Waiting, as the sync client does."""

from __future__ import annotations

import time


def pause(seconds: float) -> None:
    """Block for `seconds`."""
    time.sleep(seconds)
