"""Ids in the form that the hosted service gave them (contract §3): a prefix, and characters of which three parts are.

First the cell (`00` while there is one), then the time, so that ids made one after the other lie side by side in an
index, then at least 80 random bits.
"""

from __future__ import annotations

import secrets
import string
import time
from typing import Final, Protocol

import msgspec

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
HEXADECIMAL: Final = string.digits + "abcdef"
CELL: Final = "00"

ASSISTANT: Final = "asst_"
THREAD: Final = "thread_"
MESSAGE: Final = "msg_"
RUN: Final = "run_"
STEP: Final = "step_"
CALL: Final = "call_"
FILE: Final = "file-"
VECTOR_STORE: Final = "vs_"
FILE_BATCH: Final = "vsfb_"


class _Form(msgspec.Struct, frozen=True):
    """What follows the prefix and the cell."""

    alphabet: str
    ticks_per_second: int
    time_length: int
    random_length: int

    def make(self, seconds: float) -> str:
        """Another one, made at this time."""
        moment = _digits(int(seconds * self.ticks_per_second), self.alphabet, self.time_length)
        chance = secrets.randbelow(len(self.alphabet) ** self.random_length)
        return CELL + moment + _digits(chance, self.alphabet, self.random_length)


_USUAL: Final = _Form(ALPHABET, 1000, time_length=7, random_length=15)
_FORMS: Final = {
    FILE: _Form(ALPHABET, 1, time_length=6, random_length=14),
    VECTOR_STORE: _Form(HEXADECIMAL, 1, time_length=9, random_length=21),
    FILE_BATCH: _Form(HEXADECIMAL, 1, time_length=9, random_length=21),
}


class IdSource(Protocol):
    """Makes ids that were never made before."""

    def make(self, prefix: str) -> str:
        """A new id with `prefix`."""
        ...


class RandomIds:
    """Ids from the clock and the system's random source."""

    def make(self, prefix: str) -> str:
        """A new id with `prefix`, for example `thread_00UsC3xkJm…`."""
        return prefix + _FORMS.get(prefix, _USUAL).make(time.time())


def request_id() -> str:
    """A new id for one HTTP request: `req_` and 32 hexadecimal digits."""
    return f"req_{secrets.token_hex(16)}"


def idempotency_key() -> str:
    """A new key by which a server knows that two requests are one: `idem_` and 32 digits."""
    return f"idem_{secrets.token_hex(16)}"


def _digits(number: int, alphabet: str, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    return "".join(reversed(digits))
