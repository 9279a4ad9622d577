"""An event loop in a thread of its own, for callers that block."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_SECONDS_BETWEEN_LOOKS = 0.5
"""Windows wakes a waiting thread for no signal; elsewhere Ctrl-C ends the wait at once."""


class BackgroundLoop:
    """Runs coroutines for threads that wait for them. It ends with `close`, or with the process."""

    def __init__(
        self, *, loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    ) -> None:
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(
            target=_run_loop, args=(loop_factory, started), name="threadkeep-loop", daemon=True
        )
        self._thread.start()
        self._loop = started.result()
        self._finalizer = weakref.finalize(self, _stop, self._loop, self._thread)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Give what the coroutine returns, or raise what it raises; Ctrl-C cancels it."""
        try:
            self._check()
        except RuntimeError:
            coroutine.close()
            raise
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return _result(future)
        finally:
            future.cancel()

    def close(self) -> None:
        """Cancel what still runs and end the thread."""
        self._finalizer()

    def _check(self) -> None:
        if threading.current_thread() is self._thread:
            message = "This would wait for itself: use the asynchronous client inside event loops."
            raise RuntimeError(message)
        if not self._thread.is_alive():
            message = "The background loop has ended: it was closed, or the process forked."
            raise RuntimeError(message)


def _result(future: Future[T]) -> T:
    while True:
        try:
            return future.result(_SECONDS_BETWEEN_LOOKS)
        except TimeoutError:
            if future.done():
                return future.result()


def _run_loop(
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None,
    started: Future[asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        started.set_result(runner.get_loop())
        runner.get_loop().run_forever()


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    if thread.is_alive():
        loop.call_soon_threadsafe(loop.stop)
        if thread is not threading.current_thread():
            thread.join()
