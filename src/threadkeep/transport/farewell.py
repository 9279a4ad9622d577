"""Keeps the interpreter from ending while pyreqwest's thread is still in it.

That thread wakes an event loop by calling it. The loop may run on, and the program to its end,
before the call has returned; an interpreter that ends under a thread aborts the process.
"""

from __future__ import annotations

import atexit
import sys
import threading
import time
from functools import cache

_LOOK_SECONDS = 0.001
_MOST_LOOKS = 200


@cache
def wait_at_exit() -> None:
    """Let the program end only when no thread but Python's own runs Python code."""
    atexit.register(_wait)


def _wait() -> None:
    for _ in range(_MOST_LOOKS):
        if not _strangers():
            return
        time.sleep(_LOOK_SECONDS)  # noqa: TID251  (the program is over, nothing else runs)


def _strangers() -> set[int]:
    """The threads that run Python code and were not started by Python."""
    own = {thread.ident for thread in threading.enumerate()}
    return set(sys._current_frames()) - own  # pyright: ignore[reportPrivateUsage]
