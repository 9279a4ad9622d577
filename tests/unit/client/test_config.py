"""What a client is told, and by whom."""

from __future__ import annotations

import pytest

from threadkeep.client.config import (
    DEFAULT_BASE_URL,
    ClientConfig,
    ClientOptions,
    changed_config,
    first_config,
)
from threadkeep.client.options import NOT_GIVEN
from threadkeep.errors import SettingsError
from threadkeep.settings import Settings
from threadkeep.transport import Timeout

ENVIRON = {
    "OPENAI_API_KEY": "env-key",
    "OPENAI_BASE_URL": "http://env/v1",
    "OPENAI_ORG_ID": "env-org",
    "OPENAI_PROJECT_ID": "env-project",
}


def test_the_environment_fills_in():
    config = first_config({}, ENVIRON)
    assert (config.api_key, config.base_url) == ("env-key", "http://env/v1")
    assert (config.organization, config.project) == ("env-org", "env-project")


def test_an_argument_goes_before_the_environment():
    options: ClientOptions = {"api_key": "k", "base_url": "http://me/v1/", "organization": "o"}
    config = first_config(options, ENVIRON)
    assert (config.api_key, config.base_url) == ("k", "http://me/v1")
    assert (config.organization, config.project) == ("o", "env-project")


def test_an_argument_of_none_is_as_if_it_was_not_given():
    assert first_config({"base_url": None, "project": None}, ENVIRON).project == "env-project"


def test_without_a_key_there_is_no_client():
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        first_config({}, {})


def test_without_a_base_url_it_is_the_server_on_this_machine():
    settings = Settings()
    assert f"http://{settings.host}:{settings.port}/v1" == DEFAULT_BASE_URL
    assert first_config({"api_key": "k"}, {}).base_url == DEFAULT_BASE_URL


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (20, Timeout(connect=20, read=20)),
        (Timeout(total=3), Timeout(total=3)),
        (None, Timeout(connect=None, read=None)),
        (NOT_GIVEN, Timeout(connect=5, read=600)),
    ],
)
def test_limits_of_time(given: float | Timeout | None, meant: Timeout):
    assert first_config({"api_key": "k", "timeout": given}, {}).timeout == meant


def test_a_negative_number_of_retries_is_refused():
    with pytest.raises(ValueError, match="max_retries"):
        first_config({"api_key": "k", "max_retries": -1}, {})


def test_a_change_leaves_the_rest():
    config = first_config({"timeout": 7, "default_headers": {"X-A": "1"}}, ENVIRON)
    changed = changed_config(config, {"max_retries": 0, "default_headers": {"X-B": "2"}})
    assert changed.max_retries == 0
    assert changed.timeout == config.timeout
    assert changed.default_headers == {"X-A": "1", "X-B": "2"}
    assert config.default_headers == {"X-A": "1"}


def test_the_key_is_not_shown():
    assert "secret" not in repr(ClientConfig(api_key="secret"))
