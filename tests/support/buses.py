"""Every bus there is. To put another one under the whole contract, add it to `BUSES`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Final, NamedTuple, TypeAlias

import pytest

from threadkeep.bus import Bus
from threadkeep.bus.in_process import InProcessBus
from threadkeep.bus.nats import NatsBus


class Ends(NamedTuple):
    """Two parts of a server on one bus, as far from each other as the kind of bus allows."""

    here: Bus
    there: Bus


MakeEnds: TypeAlias = Callable[[pytest.FixtureRequest], Ends]


def _in_process(_: pytest.FixtureRequest) -> Ends:
    bus = InProcessBus()
    return Ends(bus, bus)


def _nats(request: pytest.FixtureRequest) -> Ends:
    url = request.getfixturevalue("nats_url")
    prefix = f"test-{secrets.token_hex(8)}"
    return Ends(NatsBus(url, prefix=prefix), NatsBus(url, prefix=prefix))


BUSES: Final[dict[str, MakeEnds]] = {"in-process": _in_process, "nats": _nats}


@pytest.fixture(params=list(BUSES))
def unstarted_ends(request: pytest.FixtureRequest) -> Ends:
    """A bus before its start; the test runs once with each kind."""
    return BUSES[request.param](request)


@pytest.fixture
async def ends(unstarted_ends: Ends) -> AsyncIterator[Ends]:
    """A started bus; the test runs once with each kind."""
    for bus in unstarted_ends:
        await bus.start()
    yield unstarted_ends
    for bus in unstarted_ends:
        await bus.stop()


class Inbox:
    """Takes payloads; `until` tells what came before a certain one."""

    def __init__(self) -> None:
        self._payloads: asyncio.Queue[bytes] = asyncio.Queue()

    def deliver(self, payload: bytes) -> None:
        self._payloads.put_nowait(payload)

    @property
    def is_empty(self) -> bool:
        return self._payloads.empty()

    async def until(self, last: bytes, seconds: float = 5.0) -> list[bytes]:
        """What has come, up to `last` and without it."""
        came: list[bytes] = []
        async with asyncio.timeout(seconds):
            while (payload := await self._payloads.get()) != last:
                came.append(payload)
        return came
