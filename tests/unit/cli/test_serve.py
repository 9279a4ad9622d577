"""Who can reach the server decides whether it needs a key."""

from __future__ import annotations

import pytest

from threadkeep.cli.connection import url_host
from threadkeep.cli.diagnosis import installed_version
from threadkeep.cli.serve import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "localhost.evil"])
def test_beyond_this_machine(host):
    assert not is_loopback(host)


def test_an_address_in_a_url():
    assert (url_host("::1"), url_host("127.0.0.1")) == ("[::1]", "127.0.0.1")


def test_a_package_that_is_not_there_has_no_version():
    assert installed_version("no-such-package") is None
