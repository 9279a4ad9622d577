"""Cancelling the task that waits frees it at once and hangs up."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.transports import Reach


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_while_waiting_for_the_whole_response(async_reach: Reach) -> None:
    async def wait() -> None:
        await async_reach.transport.send(async_reach.request("/stalls"))

    task = asyncio.create_task(wait())
    await async_reach.probe.gates["arrived"].passed()
    await cancelled(task)
    response = await async_reach.transport.send(async_reach.request("/status/200"))
    assert response.status == 200


async def test_while_waiting_for_the_head(async_reach: Reach) -> None:
    async def wait() -> None:
        async with async_reach.transport.stream(async_reach.request("/late")):
            pytest.fail("there is no response")  # pragma: no cover

    task = asyncio.create_task(wait())
    await async_reach.probe.gates["arrived"].passed()
    await cancelled(task)
    async_reach.probe.gates["begin"].open()
    await async_reach.probe.gates["gone"].passed()


async def test_while_waiting_for_the_next_chunk(async_reach: Reach) -> None:
    begun = asyncio.Event()

    async def wait() -> None:
        async with async_reach.transport.stream(async_reach.request("/stalls")) as response:
            async for chunk in response:
                assert chunk == b"begun"
                begun.set()

    task = asyncio.create_task(wait())
    await begun.wait()
    await cancelled(task)
    await async_reach.probe.gates["gone"].passed()


async def test_a_time_limit_of_the_caller(async_reach: Reach) -> None:
    async def wait() -> None:
        async with async_reach.transport.stream(async_reach.request("/late")):
            pytest.fail("there is no response")  # pragma: no cover

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wait(), 0.2)
    async_reach.probe.gates["begin"].open()
    await async_reach.probe.gates["gone"].passed()
