"""Ids in the form that the hosted service gave them (contract §3): a prefix, and characters of which three parts are.

First the cell (`00` while there is one), then the time, so that ids made one after the other lie side by side in an
index, then at least 80 random bits.
"""

from __future__ import annotations

import os
import string
import time
from functools import lru_cache
from typing import Final, Protocol

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


class _Chance:
    """Random characters, many thousand at a time: whoever asks the system for some lets all other threads go first."""

    def __init__(self, alphabet: str, length: int) -> None:
        fair = 256 - 256 % len(alphabet)  # what is beyond would make the first characters likelier
        self._table = bytes(ord(alphabet[byte % len(alphabet)]) for byte in range(256))
        self._unfair = bytes(range(fair, 256))
        self._length = length
        self._made: list[str] = []
        os.register_at_fork(after_in_child=self._made.clear)

    def take(self) -> str:
        """Characters that nobody else gets. From any thread."""
        while True:
            try:
                return self._made.pop()
            except IndexError:
                self._made += self._more()

    def _more(self) -> list[str]:
        letters = os.urandom(1024 * self._length).translate(self._table, self._unfair).decode()
        whole = range(0, len(letters) - self._length + 1, self._length)
        return [letters[begin : begin + self._length] for begin in whole]


class _Form:
    """What follows the prefix and the cell."""

    def __init__(
        self, alphabet: str, ticks_per_second: int, *, time_length: int, random_length: int
    ) -> None:
        self._alphabet = alphabet
        self._ticks_per_second = ticks_per_second
        self._time_length = time_length
        self._chance = _Chance(alphabet, random_length)

    def make(self, seconds: float) -> str:
        """Another one, made at this time."""
        ticks = int(seconds * self._ticks_per_second)
        return CELL + _digits(ticks, self._alphabet, self._time_length) + self._chance.take()


_USUAL: Final = _Form(ALPHABET, 1000, time_length=7, random_length=15)
_FORMS: Final = {
    FILE: _Form(ALPHABET, 1, time_length=6, random_length=14),
    VECTOR_STORE: _Form(HEXADECIMAL, 1, time_length=9, random_length=21),
    FILE_BATCH: _Form(HEXADECIMAL, 1, time_length=9, random_length=21),
}
_DIGITS: Final = _Chance(HEXADECIMAL, 32)


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
    return "req_" + _DIGITS.take()


def idempotency_key() -> str:
    """A new key by which a server knows that two requests are one: `idem_` and 32 digits."""
    return "idem_" + _DIGITS.take()


@lru_cache(maxsize=64)  # made one after the other they differ in the last digits at most
def _digits(number: int, alphabet: str, length: int) -> str:
    if not length:
        return ""
    number, digit = divmod(number, len(alphabet))
    return _digits(number, alphabet, length - 1) + alphabet[digit]
