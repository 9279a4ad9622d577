"""What is shown of the settings holds no secret."""

from threadkeep.settings.display import entries
from threadkeep.settings.environment import unknown_variables
from threadkeep.settings.loading import load


def test_keys_headers_and_logins_are_never_shown(tmp_path):
    file = tmp_path / "threadkeep.toml"
    file.write_text(
        f'[[api_keys]]\nsha256 = "{"5ec4e7" * 10 + "5ec4"}"\n'
        '[upstreams.a]\nurl = "https://me:5ec4e7@host/v1"\n'
        '[upstreams.a.headers]\nAuthorization = "Bearer 5ec4e7"\n'
    )
    shown = entries(load(file=file, environ={"THREADKEEP_API_KEY": "5ec4e7"}))
    values = {entry.key: entry.value for entry in shown}
    assert "5ec4e7" not in str(shown)
    assert values["api_keys[0].sha256"] == values["api_keys[1].sha256"] == "set"
    assert values["upstreams.a.headers.Authorization"] == "set"
    assert values["upstreams.a.url"] == "https://***@host/v1"


def test_values_are_shown_as_they_would_be_written():
    values = {entry.key: entry.value for entry in entries(load(environ={}))}
    assert values["host"] == "127.0.0.1"
    assert values["detect_models"] == "true"
    assert values["engine.lease_seconds"] == "5.0"
    assert values["local.model"] == ""
    assert values["routes"] == "[]"


def test_a_variable_that_means_nothing_is_named_with_what_may_have_been_meant():
    odd = unknown_variables({"THREADKEEP_PROT": "1", "THREADKEEP_PORT": "1", "PATH": "/"})
    assert odd == ["THREADKEEP_PROT; did you mean 'THREADKEEP_PORT'?"]
