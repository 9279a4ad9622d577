"""Reaching the storage and the embedding model: what is needed of them is asked for again while that is of use."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from threadkeep.errors import EmbeddingError, EmbeddingRefusedError, StorageError

T = TypeVar("T")

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 0.2
"""Between two attempts. The storage has been patient itself before it gives up."""

_LONGEST_PAUSE_SECONDS: Final = 60.0


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


async def patiently_embedded(
    embed: Callable[[], Awaitable[T]], is_ours: Callable[[], Awaitable[bool]], purpose: str
) -> T:
    """What the embedding model answers, however long it is out of reach: it is asked less and less often.

    Raises `EmbeddingRefusedError`, and `LostError` once it is not `is_ours`.
    """
    pause = PAUSE_SECONDS
    while True:
        try:
            return await embed()
        except EmbeddingRefusedError:
            raise
        except EmbeddingError as error:
            logger.warning("%s: %s Trying again in %.1f seconds.", purpose, error, pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        if not await reached(is_ours, lambda: False, purpose):
            raise LostError
