"""Outage: what an operator reads of it, once and not at each attempt to end it."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from threadkeep.bus.nats.address import Address

_log: Final = logging.getLogger(__name__)


class Outage:
    """While it lasts there is no server. It lasts from the start on, until the first connection."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._failed_attempts = 0
        self._told: set[str] = set()
        self.is_known = asyncio.Event()
        """Set as soon as a server was reached, or none could be."""
        self.is_over = False

    def begin(self) -> None:
        """The connection was lost."""
        self.is_over = False
        self._told.clear()
        _log.warning("Lost NATS at %s; trying until it is back.", self._address.label)

    async def complain(self, error: Exception) -> None:
        """An attempt failed, or something else went wrong."""
        self._failed_attempts += 1
        if self._failed_attempts >= len(self._address.servers):
            self.is_known.set()
        text = str(error) or type(error).__name__
        if text not in self._told:
            self._told.add(text)
            _log.warning("NATS at %s: %s", self._address.label, text)

    def end(self) -> None:
        """There is a server again."""
        self.is_over = True
        self._told.clear()
        self.is_known.set()
        _log.info("Connected to NATS at %s.", self._address.label)
