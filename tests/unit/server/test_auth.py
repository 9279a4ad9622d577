from __future__ import annotations

import base64
import hashlib

import pytest

from threadkeep.errors import UnknownKeyError
from threadkeep.server.auth import Authenticator, presented_key, shown

KEY = b"sk-alpha-0123456789"


def basic(user: bytes, password: bytes) -> bytes:
    return b"Basic " + base64.b64encode(user + b":" + password)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer " + KEY)],
        [(b"authorization", b"bearer   " + KEY + b" ")],
        [(b"authorization", basic(b"", KEY))],
        [(b"authorization", basic(b"anyone", KEY))],
        [(b"api-key", KEY)],
        [(b"authorization", b"Bearer "), (b"api-key", KEY)],
        [(b"authorization", b"Bearer " + KEY), (b"api-key", b"another")],
        [(b"api-key", b"another"), (b"authorization", b"Bearer " + KEY)],
    ],
)
def test_a_key_is_found_wherever_clients_put_it(headers):
    assert presented_key(headers) == KEY


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Digest " + KEY)],
        [(b"authorization", b"Basic !!!")],
        [(b"authorization", b"Basic " + base64.b64encode(b"no colon"))],
        [(b"api-key", b" ")],
        [(b"x-api-key", KEY)],
    ],
)
def test_what_holds_no_key_counts_as_none(headers):
    with pytest.raises(UnknownKeyError) as refusal:
        Authenticator({}).project_of(headers)
    assert refusal.value.shown is None


def test_each_key_opens_its_project_and_no_other_key_any():
    keys = {hashlib.sha256(KEY).hexdigest(): "alpha", hashlib.sha256(b"beta").hexdigest(): "beta"}
    authenticator = Authenticator(keys)
    assert authenticator.project_of([(b"authorization", b"Bearer " + KEY)]) == "alpha"
    assert authenticator.project_of([(b"api-key", b"beta")]) == "beta"
    with pytest.raises(UnknownKeyError) as refusal:
        authenticator.project_of([(b"authorization", b"Bearer sk-gamma-0123456789")])
    assert refusal.value.shown == "sk-...6789"


def test_without_keys_any_key_opens_the_default_project():
    assert Authenticator({}).project_of([(b"authorization", b"Bearer x")]) == "default"


def test_the_hash_of_a_key_is_no_key():
    digest = hashlib.sha256(KEY).hexdigest()
    with pytest.raises(UnknownKeyError):
        Authenticator({digest: "alpha"}).project_of([(b"api-key", digest.encode())])


def test_nothing_of_a_short_key_is_shown():
    assert shown(b"secret") == "***"
