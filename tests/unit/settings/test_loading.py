"""Settings come from four sources in rising order, and each value knows its own."""

from hashlib import sha256

import pytest

from threadkeep.errors import SettingsError
from threadkeep.settings import Settings
from threadkeep.settings.loading import load


def test_without_any_source_the_defaults_hold():
    effective = load(environ={"HOME": "/nowhere"})
    assert effective.settings == Settings()
    assert {effective.origin(path) for path, _ in effective.entries()} == {"default"}


def test_a_later_source_wins_over_an_earlier_one(tmp_path):
    file = tmp_path / "threadkeep.toml"
    file.write_text('host = "::1"\nport = 1\nlog_level = "error"\n')
    environ = {"THREADKEEP_PORT": "2", "THREADKEEP_LOG_LEVEL": "debug"}
    effective = load(file=file, environ=environ, flags={"log_level": "warning"})

    settings = effective.settings
    assert (settings.host, settings.port, settings.log_level) == ("::1", 2, "warning")
    assert effective.origin(("host",)) == f"{file}, line 1"
    assert effective.origin(("port",)) == "environment variable THREADKEEP_PORT"
    assert effective.origin(("log_level",)) == "--log-level"
    assert effective.origin(("database",)) == "default"


def test_tables_are_merged_key_by_key_and_lists_are_replaced(tmp_path):
    file = tmp_path / "threadkeep.toml"
    file.write_text(
        "[engine]\nlease_seconds = 9\nconcurrency = 3\n"
        '[[routes]]\npattern = "a"\nupstream = "local"\n'
        '[[routes]]\npattern = "b"\nupstream = "local"\n'
    )
    environ = {
        "THREADKEEP_ENGINE_CONCURRENCY": "4",
        "THREADKEEP_ROUTES": '[{"pattern": "c", "upstream": "local"}]',
    }
    settings = load(file=file, environ=environ).settings
    assert (settings.engine.lease_seconds, settings.engine.concurrency) == (9, 4)
    assert [route.pattern for route in settings.routes] == ["c"]


def test_a_variable_that_is_empty_counts_as_not_set():
    assert load(environ={"THREADKEEP_PORT": ""}).settings.port == Settings().port


def test_the_file_is_looked_for_here_and_then_in_the_users_folder(tmp_path, monkeypatch):
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    users = home / ".config" / "threadkeep" / "settings.toml"
    users.parent.mkdir(parents=True)
    monkeypatch.chdir(here)
    environ = {"HOME": str(home)}

    assert load(environ=environ).file is None
    users.write_text("port = 1\n")
    assert load(environ=environ).settings.port == 1
    (here / "threadkeep.toml").write_text("port = 2\n")
    assert load(environ=environ).settings.port == 2
    named = tmp_path / "named.toml"
    named.write_text("port = 3\n")
    assert load(environ=environ | {"THREADKEEP_SETTINGS": str(named)}).settings.port == 3
    assert load(file=named, environ=environ).settings.port == 3


def test_a_named_file_must_be_there(tmp_path):
    with pytest.raises(SettingsError, match=r"there is no settings file .*nix\.toml"):
        load(environ={"THREADKEEP_SETTINGS": str(tmp_path / "nix.toml")})


def test_api_keys_are_known_by_hash_and_a_single_one_opens_the_default_project(tmp_path):
    file = tmp_path / "threadkeep.toml"
    file.write_text(
        f'[[api_keys]]\nsha256 = "{digest("one")}"\nproject = "a"\n'
        '[[api_keys]]\nenv = "KEY_OF_B"\nproject = "b"\n'
    )
    effective = load(file=file, environ={"KEY_OF_B": "two", "THREADKEEP_API_KEY": "three"})
    assert effective.projects_by_key_hash() == {
        digest("one"): "a",
        digest("two"): "b",
        digest("three"): "default",
    }
    source = effective.origin(("api_keys", 2, "sha256"))
    assert source == "environment variable THREADKEEP_API_KEY"
    assert effective.origin(("api_keys", 0, "sha256")) == f"{file}, line 2"


def test_a_key_given_by_flag_wins_over_the_variable():
    effective = load(environ={"THREADKEEP_API_KEY": "one"}, api_key="two")
    assert effective.projects_by_key_hash() == {digest("two"): "default"}
    assert effective.origin(("api_keys", 0, "sha256")) == "--api-key"


def test_a_key_whose_variable_is_missing_is_a_mistake_of_that_line(tmp_path):
    file = tmp_path / "threadkeep.toml"
    file.write_text('[[api_keys]]\nproject = "a"\nenv = "KEY_OF_A"\n')
    with pytest.raises(SettingsError) as caught:
        load(file=file, environ={}).projects_by_key_hash()
    assert str(caught.value) == f"{file}, line 3: the environment variable KEY_OF_A is not set"


def digest(key):
    return sha256(key.encode()).hexdigest()
