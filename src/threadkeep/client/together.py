"""Several calls at once, as the sync client makes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def together(calls: Sequence[Callable[[], T]], limit: int) -> list[T]:
    """What each of `calls` gives, at most `limit` of them at a time, in threads."""
    # Imported when needed: most programs never upload several files.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(max_workers=limit) as executor:
        started = [executor.submit(call) for call in calls]
        return [call.result() for call in started]
