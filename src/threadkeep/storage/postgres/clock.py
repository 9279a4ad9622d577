"""The database's time, without asking it each time."""

from __future__ import annotations

import time
from typing import Final

from threadkeep.types.clock import SystemClock

_JITTER: Final = 0.01  # seconds; a smaller difference is the road's, not the clock's


class DatabaseClock:
    """Tells what the database's clock says: as it said last, and the time since then by a clock that does not jump.

    So a machine whose own clock is wrong, or is set, does no harm.
    """

    def __init__(self) -> None:
        self._ahead: float | None = None

    def now(self) -> float:
        """Seconds since the Unix epoch, with fractions."""
        if self._ahead is None:  # nobody has asked the database yet
            return SystemClock().now()
        return time.monotonic() + self._ahead

    def hear(self, database_now: float, asked_at: float) -> None:
        """The database said so, to a question put at `asked_at` of `time.monotonic`."""
        heard_at = time.monotonic()
        ahead = database_now - (asked_at + heard_at) / 2
        doubt = _JITTER + (heard_at - asked_at) / 2
        if self._ahead is None or abs(ahead - self._ahead) > doubt:
            self._ahead = ahead
