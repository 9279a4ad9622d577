"""Ids in the form that the hosted service gave them: a prefix and 24 characters of `[A-Za-z0-9]`.

The 24 characters are two of the cell (`00` while there is one), seven of the time in milliseconds, so that ids made
one after the other lie side by side in an index, and fifteen random ones (89 bits).
"""

from __future__ import annotations

import secrets
import string
import time
from typing import Final, Protocol

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
CELL: Final = "00"
_TIME_LENGTH: Final = 7
_RANDOM_LENGTH: Final = 15

ASSISTANT: Final = "asst_"
THREAD: Final = "thread_"
MESSAGE: Final = "msg_"
RUN: Final = "run_"
STEP: Final = "step_"
CALL: Final = "call_"


class IdSource(Protocol):
    """Makes ids that were never made before."""

    def make(self, prefix: str) -> str:
        """A new id with `prefix`."""
        ...


class RandomIds:
    """Ids from the clock and the system's random source."""

    def make(self, prefix: str) -> str:
        """A new id with `prefix`, for example `thread_00UsC3xkJm…`."""
        moment = _base62(time.time_ns() // 1_000_000, _TIME_LENGTH)
        return f"{prefix}{CELL}{moment}{_base62(secrets.randbits(89), _RANDOM_LENGTH)}"


def request_id() -> str:
    """A new id for one HTTP request: `req_` and 32 hexadecimal digits."""
    return f"req_{secrets.token_hex(16)}"


def idempotency_key() -> str:
    """A new key by which a server knows that two requests are one: `idem_` and 32 digits."""
    return f"idem_{secrets.token_hex(16)}"


def _base62(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
