"""Buses as the nodes of a cluster have them, and how a test waits for what they see."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import pytest

from tests.support.buses import Inbox
from threadkeep.bus import Bus
from threadkeep.bus.nats import NatsBus

SECONDS = 20.0


async def until(condition: Callable[[], bool]) -> None:
    """Return once it holds."""
    async with asyncio.timeout(SECONDS):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


async def until_heard(publisher: Bus, subject: str, inbox: Inbox) -> None:
    """Publish again and again, as long as it takes until it is heard once."""
    mark = f"is anybody there? {secrets.token_hex(4)}".encode()
    hearing = asyncio.create_task(inbox.until(mark, seconds=SECONDS))
    while not hearing.done():
        publisher.publish(subject, mark)
        await asyncio.wait({hearing}, timeout=0.05)
    await hearing


class StartBus(Protocol):
    """Starts a bus that is stopped after the test."""

    async def __call__(
        self, url: str, *, prefix: str = ..., tls: ssl.SSLContext | None = ...
    ) -> NatsBus: ...


@pytest.fixture
async def start_bus() -> AsyncIterator[StartBus]:
    """Starts buses, each with a connection of its own."""
    started: list[NatsBus] = []

    async def start(
        url: str, *, prefix: str = "test", tls: ssl.SSLContext | None = None
    ) -> NatsBus:
        started.append(NatsBus(url, prefix=prefix, tls=tls))
        await started[-1].start()
        return started[-1]

    yield start
    for bus in started:
        await bus.stop()
