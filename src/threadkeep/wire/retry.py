"""When a call is tried again, and how long to wait before: the policy of the official SDKs (contract §1.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

INITIAL_DELAY_SECONDS: Final = 0.5
MAX_DELAY_SECONDS: Final = 8.0
MAX_ASKED_DELAY_SECONDS: Final = 120.0
RESUME_TRIES: Final = 8
"""How often a stream that broke off is asked for again before the next event must have come: for about 40 seconds."""
JITTER: Final = 0.25
_MOST_DOUBLINGS: Final = 10
_RETRIED_STATUSES: Final = frozenset({408, 409, 429})


def is_retried(status: int, headers: Mapping[str, str], now: float) -> bool:
    """Whether an answer with `headers` (lower-case names) that came at `now` is worth another try."""
    asked = asked_delay(headers, now)
    if asked is not None and asked > MAX_ASKED_DELAY_SECONDS:
        return False
    match headers.get("x-should-retry"):
        case "true":
            return True
        case "false":
            return False
        case _:
            return status in _RETRIED_STATUSES or status >= 500


def retry_delay(retry: int, headers: Mapping[str, str], *, now: float, luck: float) -> float:
    """Seconds to wait before the `retry`-th retry, counted from 0.

    `headers` are those of the answer, empty if none came; what they ask for goes before the
    growing delay, which `luck` in [0, 1) makes shorter.
    """
    asked = asked_delay(headers, now)
    if asked is not None and 0 < asked <= MAX_ASKED_DELAY_SECONDS:
        return asked
    delay = min(INITIAL_DELAY_SECONDS * 2 ** min(retry, _MOST_DOUBLINGS), MAX_DELAY_SECONDS)
    return delay * (1 - JITTER * luck)


def asked_delay(headers: Mapping[str, str], now: float) -> float | None:
    """The wait that the server asks for: `retry-after-ms`, else `retry-after` in seconds or a date."""
    for name, divisor in (("retry-after-ms", 1000), ("retry-after", 1)):
        seconds = _number(headers.get(name))
        if seconds is not None:
            return seconds / divisor
    date = _date(headers.get("retry-after"))
    return None if date is None else date - now


def _number(text: str | None) -> float | None:
    """`text` as a finite number; one that is only too large counts as the largest there is."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    if math.isfinite(number):
        return number
    return math.copysign(float("1e308"), number) if any(map(str.isdigit, text)) else None


def _date(text: str | None) -> float | None:
    if not text:
        return None
    from email.utils import mktime_tz, parsedate_tz  # noqa: PLC0415 - few servers name a date

    try:
        parts = parsedate_tz(text)
        return None if parts is None else float(mktime_tz(parts))
    except (ValueError, OverflowError):
        return None
