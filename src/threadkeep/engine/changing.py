"""Changing: read, decide, compare-and-set, and again if somebody was faster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from threadkeep.errors import MissingError
from threadkeep.storage import Record, ResourceT


async def change(
    find: Callable[[], Awaitable[Record[ResourceT] | None]],
    update: Callable[[ResourceT, int], Awaitable[bool]],
    alter: Callable[[ResourceT], ResourceT],
    missing: MissingError,
) -> ResourceT:
    """The object as `alter` made it, once that is kept. Raises `missing` if there is none."""
    while (record := await find()) is not None:
        altered = alter(record.value)
        if await update(altered, record.revision):
            return altered
    raise missing
