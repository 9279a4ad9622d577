"""Blocking calls that Ctrl-C can end.

A signal handler of Python runs only between two steps of the main thread, so a main thread that
waits inside a library without looking up is deaf to Ctrl-C until the wait is over. Here another
thread does the waiting for it. Other threads get no signals and call directly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar, cast

T = TypeVar("T")

_SECONDS_BETWEEN_LOOKS = 0.5
"""Windows wakes a waiting thread for no signal; elsewhere the wait ends at once."""


class Line(Protocol):
    """Makes blocking calls, one after the other."""

    def call(self, function: Callable[[], T]) -> T:
        """Give what the function returns, or raise what it raises."""
        ...

    def close(self, farewell: Callable[[], object] | None = None) -> None:
        """End with a last call, which waits for one that was interrupted and still goes on."""
        ...


class Lines:
    """Opens a line for the thread that asks."""

    def __init__(self) -> None:
        self._idle: list[_Attendant] = []

    def open(self) -> Line:
        """Give a line to be closed after use."""
        if threading.current_thread() is not threading.main_thread():
            return _DIRECT
        return _AttendedLine(self._idle.pop() if self._idle else _Attendant(), self._idle)


class _DirectLine:
    def call(self, function: Callable[[], T]) -> T:
        return function()

    def close(self, farewell: Callable[[], object] | None = None) -> None:
        if farewell is not None:
            farewell()


_DIRECT = _DirectLine()


class _AttendedLine:
    def __init__(self, attendant: _Attendant, idle: list[_Attendant]) -> None:
        self._attendant = attendant
        self._idle = idle

    def call(self, function: Callable[[], T]) -> T:
        return self._attendant.call(function)

    def close(self, farewell: Callable[[], object] | None = None) -> None:
        if self._attendant.is_busy:
            self._attendant.retire(farewell)
            return
        self._idle.append(self._attendant)
        if farewell is not None:
            farewell()


class _Attendant:
    """A thread that makes calls for another one."""

    def __init__(self) -> None:
        self.is_busy = False
        self._calls: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._outcomes: SimpleQueue[tuple[object, BaseException | None]] = SimpleQueue()
        threading.Thread(
            target=_attend,
            args=(self._calls, self._outcomes),
            name="threadkeep-attendant",
            daemon=True,
        ).start()

    def call(self, function: Callable[[], T]) -> T:
        self.is_busy = True
        self._calls.put(function)
        value, error = self._outcome()
        self.is_busy = False
        if error is not None:
            raise error
        return cast("T", value)

    def retire(self, farewell: Callable[[], object] | None) -> None:
        if farewell is not None:
            self._calls.put(farewell)
        self._calls.put(None)

    def _outcome(self) -> tuple[object, BaseException | None]:
        while True:
            try:
                return self._outcomes.get(timeout=_SECONDS_BETWEEN_LOOKS)
            except Empty:
                continue


def _attend(
    calls: SimpleQueue[Callable[[], object] | None],
    outcomes: SimpleQueue[tuple[object, BaseException | None]],
) -> None:
    while (function := calls.get()) is not None:
        try:
            outcomes.put((function(), None))
        except BaseException as error:  # for the thread that asked
            outcomes.put((None, error))
