"""What becomes of the bus when servers die, hang, are full or were never there."""

from __future__ import annotations

import asyncio
import logging
import signal

import pytest

from tests.support.buses import Inbox
from tests.support.nats_listener import line_of, listener
from tests.support.nats_nodes import SECONDS, StartBus, until, until_heard
from tests.support.nats_server import NatsCluster, StartNats

MEGABYTE = bytes(1024 * 1024)


async def test_subscriptions_and_requests_outlive_the_server(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats()
    here, there = await start_bus(server.url), await start_bus(server.url)
    inbox = Inbox()
    await there.subscribe("ev.run_1", inbox.deliver)
    await there.serve("rpc.worker_1", lambda payload: payload * 2)
    assert await here.request("rpc.worker_1", b"a", timeout=5) == b"aa"

    server.kill()
    await until(lambda: not here.is_connected and not there.is_connected)
    for number in range(100):
        here.publish("ev.run_1", b"meanwhile %d" % number)
    assert await here.request("rpc.worker_1", b"b", timeout=5) is None
    server.start()

    await until_heard(here, "ev.run_1", inbox)
    assert await here.request("rpc.worker_1", b"c", timeout=5) == b"cc"


async def test_what_is_subscribed_and_cancelled_without_a_server_holds_when_it_is_back(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats()
    here, there = await start_bus(server.url), await start_bus(server.url)
    old, new = Inbox(), Inbox()
    cancelled = await there.subscribe("ev.run_1", old.deliver)
    server.kill()
    await until(lambda: not here.is_connected and not there.is_connected)

    await cancelled.cancel()
    await there.subscribe("ev.run_1", new.deliver)
    server.start()

    await until_heard(here, "ev.run_1", new)
    assert old.is_empty


async def test_without_a_server_the_start_succeeds_and_the_bus_works_as_soon_as_there_is_one(
    start_nats: StartNats, start_bus: StartBus, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    server = start_nats()
    server.kill()

    here, there = await start_bus(server.url), await start_bus(server.url)
    inbox = Inbox()
    await there.subscribe("wake", inbox.deliver)
    assert not here.is_connected
    assert "Connect call failed" in caplog.text
    server.start()

    await until_heard(here, "wake", inbox)
    assert f"Connected to NATS at {server.url}." in caplog.text


async def test_what_is_too_much_for_an_outage_is_dropped_and_counted(
    start_nats: StartNats, start_bus: StartBus, caplog: pytest.LogCaptureFixture
):
    server = start_nats()
    here, there = await start_bus(server.url), await start_bus(server.url)
    inbox = Inbox()
    await there.subscribe("ev.run_1", inbox.deliver)
    server.kill()
    await until(lambda: not here.is_connected and not there.is_connected)

    for _ in range(40):
        here.publish("ev.run_1", MEGABYTE)
    server.start()

    await until_heard(here, "ev.run_1", inbox)
    assert "payloads were dropped" in caplog.text


async def test_something_else_on_the_port_is_not_taken_for_a_server(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats()
    server.kill()
    connections: list[asyncio.StreamWriter] = []

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        writer.write(MEGABYTE)

    async with await asyncio.start_server(talk, "127.0.0.1", server.port):
        bus = await start_bus(server.url)
        assert not bus.is_connected
        for writer in connections:
            writer.close()
    server.start()

    inbox = Inbox()
    await bus.subscribe("ev.run_1", inbox.deliver)
    await until_heard(bus, "ev.run_1", inbox)


async def test_whoever_stops_subscribing_half_way_gets_nothing(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats()
    bus = await start_bus(server.url)
    given_up, inbox = Inbox(), Inbox()

    server.hold()
    subscribing = asyncio.create_task(bus.subscribe("ev.run_1", given_up.deliver))
    await asyncio.sleep(0.05)
    subscribing.cancel()
    await asyncio.wait({subscribing})
    server.let_go()

    assert subscribing.cancelled()
    await bus.subscribe("ev.run_1", inbox.deliver)
    await until_heard(bus, "ev.run_1", inbox)
    assert given_up.is_empty


async def test_an_outage_is_told_once_and_not_at_each_attempt(
    start_nats: StartNats, start_bus: StartBus, caplog: pytest.LogCaptureFixture
):
    server = start_nats()
    bus = await start_bus(server.url)
    caplog.clear()

    server.kill()
    await until(lambda: not bus.is_connected)
    await asyncio.sleep(1)  # about five attempts
    server.start()
    await until(lambda: bus.is_connected)

    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(told) == len(set(told)) <= 3


async def test_a_node_moves_on_when_its_server_of_a_cluster_dies(
    nats_cluster: NatsCluster, start_bus: StartBus
):
    first, second, third = nats_cluster.servers
    here, there = await start_bus(first.url), await start_bus(second.url)
    inbox = Inbox()
    await here.subscribe("ev.run_1", inbox.deliver)
    await until_heard(there, "ev.run_1", inbox)

    first.kill()
    await until_heard(there, "ev.run_1", inbox)
    second.kill()
    await until_heard(there, "ev.run_1", inbox)

    assert here.is_connected
    assert third.info()["server_name"]


async def test_a_request_whose_server_dies_ends_with_the_connection(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats()
    here, there = await start_bus(server.url), await start_bus(server.url)

    def die(_: bytes) -> bytes:
        server.kill()
        return b"never sent"

    await there.serve("rpc.worker_1", die)

    async with asyncio.timeout(10):
        assert await here.request("rpc.worker_1", b"", timeout=3600) is None


async def test_a_server_that_hangs_blocks_neither_publish_nor_stop(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats()
    bus = await start_bus(server.url)

    server.hold()
    for _ in range(40):
        bus.publish("ev.run_1", MEGABYTE)
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await bus.stop()

    server.let_go()


async def test_a_node_that_was_too_slow_for_the_server_comes_back(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats('max_pending: 4MB\nwrite_deadline: "200ms"')
    bus = await start_bus(server.url)
    with listener(server.url) as process:
        process.send_signal(signal.SIGSTOP)
        while "Slow Consumer" not in server.log():
            bus.publish("flood", MEGABYTE)
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGCONT)

        hearing = asyncio.create_task(asyncio.to_thread(line_of, process))
        async with asyncio.timeout(SECONDS):
            while not hearing.done():
                bus.publish("ev.run_1", b"heard again")
                await asyncio.wait({hearing}, timeout=0.05)
        assert hearing.result() == b"heard again"


async def test_a_full_server_takes_a_node_as_soon_as_another_leaves(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats("max_connections: 2")
    first, second = await start_bus(server.url), await start_bus(server.url)
    third = await start_bus(server.url)
    assert not third.is_connected

    await second.stop()

    inbox = Inbox()
    await third.subscribe("ev.run_1", inbox.deliver)
    await until_heard(first, "ev.run_1", inbox)


async def test_a_node_whose_login_was_taken_away_is_back_as_soon_as_it_may(
    start_nats: StartNats, start_bus: StartBus
):
    may, may_not = "authorization { token: ours }", "authorization { token: theirs }"
    server = start_nats(may)
    bus = await start_bus(server.url.replace("nats://", "nats://ours@"))
    inbox = Inbox()
    await bus.subscribe("ev.run_1", inbox.deliver)

    server.reload(may_not)
    await until(lambda: not bus.is_connected)
    server.reload(may)

    await until_heard(bus, "ev.run_1", inbox)
