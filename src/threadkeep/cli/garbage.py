"""How a process that serves collects garbage, and what it does with the memory."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG_OBJECTS: Final = 2_000
"""So many have to come before they are walked: what a request makes is gone by then."""
_YOUNG_WALKS: Final = 1
"""After so many, what outlived one is walked once more: a walk holds up all streams, so none may be long."""
_OLD_WALKS: Final = 500
"""After so many of those, everything is walked. Hardly anything waits for that: a run that ended is freed at once."""
_KEPT_BYTES: Final = 4 * 1024 * 1024


def keep_memory() -> None:
    """From now on keep a few megabytes that are free: answers come and go.

    The C library of Linux returns what is free beyond 128 KB, and asks for it anew with the next answer, until it has
    seen that larger blocks come and go as well.
    """
    bytearray(_KEPT_BYTES)


def collect_seldom() -> None:
    """From now on walk neither what there is, which stays until the end, nor what is hardly there, nor much at once."""
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_WALKS, _OLD_WALKS)
