"""What every bus says of itself."""

from __future__ import annotations

import asyncio

from tests.support.buses import Ends
from threadkeep.bus import Bus


async def connected(bus: Bus) -> None:
    """Return once the bus says that it is connected."""
    async with asyncio.timeout(5):
        while True:
            if bus.is_connected:
                return
            await asyncio.sleep(0.01)


async def test_a_bus_is_connected_between_its_start_and_its_stop(ends: Ends):
    await connected(ends.here)
    assert ends.here.label

    await ends.here.stop()
    assert not ends.here.is_connected

    await ends.here.start()
    await connected(ends.here)
