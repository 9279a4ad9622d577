"""How a process that serves collects garbage."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG_OBJECTS: Final = 10_000
"""So many have to come before they are walked: nearly all that a request makes is gone by then."""


def collect_seldom() -> None:
    """From now on walk neither what there is, which stays until the end, nor what is hardly there."""
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)
