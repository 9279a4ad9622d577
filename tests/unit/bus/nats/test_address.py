"""URLs of NATS servers: all forms that operators write, and no secret in anything that is shown."""

from __future__ import annotations

import pytest

from threadkeep.bus.nats.address import parse_address


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("nats://localhost", ["nats://localhost:4222"]),
        ("nats://localhost:4333/", ["nats://localhost:4333"]),
        ("bus.internal", ["nats://bus.internal:4222"]),
        ("bus.internal:4333", ["nats://bus.internal:4333"]),
        ("tls://[::1]", ["tls://[::1]:4222"]),
        ("nats://a, nats://b:1", ["nats://a:4222", "nats://b:1"]),
    ],
)
def test_servers_are_named_in_the_usual_ways(text: str, servers: list[str]):
    assert parse_address(text).servers == servers


def test_only_tls_urls_insist_on_tls():
    assert parse_address("nats://a,tls://b").insists_on_tls
    assert not parse_address("nats://a").insists_on_tls


def test_credentials_are_decoded_and_hold_for_all_servers():
    address = parse_address("nats://a,nats://us%40er:p%3Ass@b:1")

    assert (address.user, address.password) == ("us@er", "p:ss")
    assert address.servers == ["nats://a:4222", "nats://b:1"]


def test_a_user_without_password_is_a_token():
    address = parse_address("nats://s3cret@a")

    assert (address.user, address.password) == ("s3cret", None)


def test_what_is_shown_has_no_credentials():
    address = parse_address("nats://user:s3cret@a,nats://token@b")

    assert address.label == "nats://a:4222,nats://b:4222"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nats://",
        "nats://user:s3cret@",
        "nats://user:s3cret@host:port",
        "nats://user:s3cret@host:99999",
        "http://user:s3cret@host",
        "ws://user:s3cret@host",
        "nats://user:s3cret@[host",
        "nats://a,,nats://b",
    ],
)
def test_what_is_no_url_of_a_server_is_refused_without_telling_the_secret(text: str):
    with pytest.raises(ValueError, match="NATS server") as refused:
        parse_address(text)

    assert "s3cret" not in str(refused.value)
