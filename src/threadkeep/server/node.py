"""The node as whoever watches it sees it: what it stands on, and whether it is about to leave."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

import msgspec

from threadkeep.bus import Bus
from threadkeep.errors import StorageError
from threadkeep.storage import Storage
from threadkeep.telemetry import Telemetry

PATIENCE_SECONDS: Final = 2.0
"""How long a storage may take to answer before it counts as out of reach."""
_FRESH_SECONDS: Final = 1.0
_log: Final = logging.getLogger("threadkeep.server")


class StorageCheck(msgspec.Struct, frozen=True):
    """Whether the storage could be read and written, and how long that took."""

    is_ok: bool
    seconds: float


class Node:
    """One process of a server. However often it is looked at, the storage is tried at most once a second."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        telemetry: Telemetry,
        *,
        is_draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self.storage = storage
        self.telemetry = telemetry
        self._bus = bus
        self._is_draining = is_draining
        self._has_met_bus = False
        self._turn = asyncio.Lock()
        self._check = StorageCheck(is_ok=False, seconds=0.0)
        self._checked_at = -_FRESH_SECONDS

    @property
    def is_draining(self) -> bool:
        """Whether it takes nothing new, because it is about to stop."""
        return self._is_draining()

    @property
    def is_on_bus(self) -> bool:
        """Whether it can talk to other nodes just now."""
        return self._bus.is_connected

    @property
    def has_met_bus(self) -> bool:
        """Whether the bus was ever seen connected. A node goes on without; one that never met it is set up wrong."""
        self._has_met_bus = self._has_met_bus or self.is_on_bus
        return self._has_met_bus

    async def check_storage(self) -> StorageCheck:
        """Whether the storage can be read and written."""
        async with self._turn:
            if time.monotonic() - self._checked_at >= _FRESH_SECONDS:
                self._check = await self._checked()
                self._checked_at = time.monotonic()
            return self._check

    async def _checked(self) -> StorageCheck:
        began_at = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.storage.check()
            is_ok = True
        except (StorageError, TimeoutError):
            _log.exception("the storage cannot be used")
            is_ok = False
        return StorageCheck(is_ok=is_ok, seconds=time.monotonic() - began_at)
