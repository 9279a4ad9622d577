"""Reaching the storage: what a claimed run needs of it is asked for again for as long as the claim can be ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from threadkeep.errors import StorageError

T = TypeVar("T")

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 0.2
"""Between two attempts. The storage has been patient itself before it gives up."""


class LostError(Exception):
    """The run belongs to somebody else now: nothing more is written, nothing more is told."""


async def reached(ask: Callable[[], Awaitable[T]], is_lost: Callable[[], bool], purpose: str) -> T:
    """What the storage answers, however long it is out of reach; `ask` can be repeated without harm.

    Raises `LostError` once `is_lost`: then the answer is of no use to us any more.
    """
    is_told = False
    while True:
        try:
            return await ask()
        except StorageError as error:
            if is_lost():
                raise LostError from error
            if not is_told:
                logger.warning("%s: %s Trying again.", purpose, error)
                is_told = True
        await asyncio.sleep(PAUSE_SECONDS)
