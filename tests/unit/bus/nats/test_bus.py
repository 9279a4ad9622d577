"""What the bus on NATS promises beyond the contract of every bus."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import pytest

from tests.support.buses import Inbox
from tests.support.nats_nodes import StartBus, until_heard
from tests.support.nats_server import StartNats

TLS = Path(__file__).parents[3] / "support" / "tls"
AUTHORITY = TLS / "authority.pem"
TLS_SERVER = f'tls {{ cert_file: "{TLS / "server.pem"}", key_file: "{TLS / "server.key"}" }}'


async def test_clusters_with_other_prefixes_share_a_server_and_hear_nothing_of_each_other(
    nats_url: str, start_bus: StartBus
):
    ours, theirs = (
        await start_bus(nats_url, prefix="ours"),
        await start_bus(nats_url, prefix="theirs"),
    )
    inbox, foreign = Inbox(), Inbox()
    await ours.subscribe("wake", inbox.deliver)
    await theirs.subscribe("wake", foreign.deliver)
    await theirs.serve("rpc", lambda _: b"foreign")

    ours.publish("wake", b"ours")

    await inbox.until(b"ours")
    assert await ours.request("rpc", b"", timeout=5) is None
    assert foreign.is_empty


async def test_what_was_published_before_the_stop_arrives(nats_url: str, start_bus: StartBus):
    here, there = await start_bus(nats_url), await start_bus(nats_url)
    inbox = Inbox()
    await there.subscribe("ev.run_1", inbox.deliver)

    for number in range(5_000):
        here.publish("ev.run_1", str(number).encode())
    here.publish("ev.run_1", b"end")
    await here.stop()

    assert await inbox.until(b"end") == [str(number).encode() for number in range(5_000)]


async def test_payloads_over_the_limit_of_the_server_arrive_whole(
    start_nats: StartNats, start_bus: StartBus
):
    server = start_nats("max_payload: 64KB")
    here, there = await start_bus(server.url), await start_bus(server.url)
    inbox = Inbox()
    payload = bytes(range(256)) * 20_000
    await there.subscribe("ev.run_1", inbox.deliver)
    await there.serve("rpc.worker_1", lambda question: question + payload)

    here.publish("ev.run_1", payload)
    here.publish("ev.run_1", b"end")

    assert await inbox.until(b"end") == [payload]
    assert await here.request("rpc.worker_1", b"?", timeout=5) == b"?" + payload


async def test_a_subject_that_is_none_harms_nothing(
    nats_url: str, start_bus: StartBus, caplog: pytest.LogCaptureFixture
):
    here, there = await start_bus(nats_url), await start_bus(nats_url)
    inbox = Inbox()
    await there.subscribe("ev.run_1", inbox.deliver)

    here.publish("ctl.", b"to nobody")
    here.publish("two words", b"to nobody")
    here.publish("ev.run_1", b"end")

    assert await inbox.until(b"end") == []
    assert here.is_connected
    assert "'test.say.two words'" in caplog.text


async def test_tls_is_spoken_with_a_server_that_has_it(start_nats: StartNats, start_bus: StartBus):
    server = start_nats(TLS_SERVER)
    url = server.url.replace("nats://127.0.0.1", "tls://localhost")
    context = ssl.create_default_context(cafile=str(AUTHORITY))
    here, there = await start_bus(url, tls=context), await start_bus(url, tls=context)
    inbox = Inbox()
    await there.subscribe("wake", inbox.deliver)

    await until_heard(here, "wake", inbox)


async def test_a_certificate_of_an_unknown_authority_is_refused(
    start_nats: StartNats, start_bus: StartBus, caplog: pytest.LogCaptureFixture
):
    server = start_nats(TLS_SERVER)

    bus = await start_bus(server.url.replace("nats://127.0.0.1", "tls://localhost"))

    assert not bus.is_connected
    assert "certificate verify failed" in caplog.text


async def test_no_secret_goes_to_a_server_without_tls_where_the_url_insists_on_it(
    start_nats: StartNats, start_bus: StartBus, caplog: pytest.LogCaptureFixture
):
    server = start_nats("authorization { user: node, password: s3cret }")

    bus = await start_bus(server.url.replace("nats://", "tls://node:s3cret@"))

    assert not bus.is_connected
    assert "the server does not speak TLS" in caplog.text


@pytest.mark.parametrize(
    ("authorization", "credentials"),
    [('user: node, password: "s3:cret"', "node:s3%3Acret"), ('token: "s3cret"', "s3cret")],
)
async def test_credentials_are_used_and_never_shown(
    start_nats: StartNats,
    start_bus: StartBus,
    caplog: pytest.LogCaptureFixture,
    authorization: str,
    credentials: str,
):
    caplog.set_level(logging.DEBUG)
    server = start_nats(f"authorization {{ {authorization} }}")
    url = server.url.replace("nats://", f"nats://{credentials}@")

    bus = await start_bus(url)
    refused = await start_bus(url.replace("cret", "crxt"))

    assert bus.is_connected
    assert not refused.is_connected
    assert "Authorization Violation" in caplog.text
    assert bus.label == server.url
    for secret in ("s3cret", "s3:cret", "s3crxt", "s3:crxt", "s3%3A"):
        assert secret not in caplog.text + repr(bus)


async def test_a_login_needs_no_more_than_the_prefix(start_nats: StartNats, start_bus: StartBus):
    only = '{ publish: "ours.>", subscribe: "ours.>" }'
    server = start_nats(f"authorization {{ user: n, password: p, permissions: {only} }}")
    url = server.url.replace("nats://", "nats://n:p@")
    here, there = await start_bus(url, prefix="ours"), await start_bus(url, prefix="ours")
    inbox = Inbox()
    await there.subscribe("ev.run_1", inbox.deliver)
    await there.subscribe("wake", inbox.deliver, queue="workers")
    await there.serve("rpc.worker_1", lambda payload: payload * 2)

    assert await here.request("rpc.worker_1", b"a", timeout=5) == b"aa"
    here.publish("ev.run_1", b"event")
    assert await inbox.until(b"event") == []
    here.publish("wake", b"end")
    assert await inbox.until(b"end") == []
