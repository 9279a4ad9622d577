"""A mistake in the settings names where it stands, the key, and what would be right."""

import pytest

from threadkeep.errors import SettingsError
from threadkeep.settings.loading import load

MISTAKES = {
    "prot = 1": "line 1: unknown key 'prot'; did you mean 'port'?",
    "\n[engine]\n\nlese_seconds = 1": (
        "line 4: unknown key 'lese_seconds' in [engine]; did you mean 'lease_seconds'?"
    ),
    "[zzz]\nport = 1": "line 1: unknown key 'zzz'",
    '[upstreams.a]\nurl = "http://a/v1"\nmax_retires = 1': (
        "line 3: unknown key 'max_retires' in [upstreams.a]; did you mean 'max_retries'?"
    ),
    '[[routes]]\npattern = "*"\nupstream = "local"\nfallbacks = [\n  {upstrem = "b"},\n]': (
        "line 5: unknown key 'upstrem' in routes[0].fallbacks[0]; did you mean 'upstream'?"
    ),
    'port = "x"': "line 1: port must be a whole number from 0 to 65535, not 'x'",
    "port = 65536": "line 1: port must be a whole number from 0 to 65535, not 65536",
    "host = 1": "line 1: host must be a text that is not empty, not 1",
    'host = ""': "line 1: host must be a text that is not empty, not ''",
    "detect_models = 1": "line 1: detect_models must be true or false, not 1",
    'log_level = "loud"': (
        "line 1: log_level must be one of debug, info, warning, error, not 'loud'"
    ),
    'database = "mysql://x"': (
        "line 1: database must be sqlite:/// and a file, or postgresql:// and the address of a database"
    ),
    "engine.lease_seconds = 0": ("line 1: engine.lease_seconds must be a number above 0, not 0"),
    "engine.lease_seconds = inf": (
        "line 1: engine.lease_seconds must be a number above 0, not inf"
    ),
    "engine = 1": "line 1: engine must be a table",
    "upstreams = 1": "line 1: upstreams must be a table of tables",
    "upstreams.a = 1": "line 1: upstreams.a must be a table",
    "routes = 1": "line 1: routes must be a list of tables",
    "[upstreams.a]\nmax_retries = 1": "line 1: upstreams.a lacks 'url'",
    '[upstreams.a]\nurl = "http://a"\nmax_retries = -1': (
        "line 3: upstreams.a.max_retries must be a whole number of at least 0, not -1"
    ),
    '[upstreams.a]\nurl = "http://a"\nheaders = 1': (
        "line 3: upstreams.a.headers must be a table of texts"
    ),
    '[upstreams.a]\nurl = "secret@a"': (
        "line 2: upstreams.a.url must be a URL with http:// or https://"
    ),
    '[upstreams.local]\nurl = "http://a"': (
        "line 1: 'local' is the model that the server runs itself"
    ),
    '[upstreams.ollama]\nurl = "http://a"\n[[routes]]\npattern = "*"\nupstream = "olama"': (
        "line 5: there is no upstream 'olama'; did you mean 'ollama'?"
    ),
    '[[api_keys]]\nsha256 = "tk-not-a-hash"': (
        "line 2: api_keys[0].sha256 must be 64 lower-case hex digits"
    ),
    '[[api_keys]]\nproject = "a"': "line 1: api_keys[0] must have one of 'sha256' and 'env'",
    "port = 1\nport = 2": "line 2: this is not TOML: Cannot overwrite a value",
    "port = 1\nhost = [": "line 2: this is not TOML: Invalid value (at end of document)",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items(), ids=MISTAKES.values())
def test_a_mistake_in_the_file_names_the_line_and_the_key(text, message, tmp_path):
    file = tmp_path / "threadkeep.toml"
    file.write_text(text + "\n")
    assert mistake(file=file) == f"{file}, {message}"


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        (
            "PORT",
            "tcp://10.0.0.1:80",
            " must be a whole number from 0 to 65535, not 'tcp://10.0.0.1:80'",
        ),
        ("PORT", "-1", ": port must be a whole number from 0 to 65535, not -1"),
        ("DETECT_MODELS", "maybe", " must be true or false, not 'maybe'"),
        ("ROUTES", "gpt=local", " must be JSON, not 'gpt=local'"),
        (
            "ROUTES",
            '[{"patern": "*"}]',
            ": unknown key 'patern' in routes[0]; did you mean 'pattern'?",
        ),
        ("UPSTREAMS", '{"a": {}}', ": upstreams.a lacks 'url'"),
        ("ENGINE_LEASE_SECONDS", "nan", ": engine.lease_seconds must be a number above 0, not nan"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(variable, text, message):
    name = f"THREADKEEP_{variable}"
    assert mistake(environ={name: text}) == f"environment variable {name}{message}"


def test_a_mistake_in_a_flag_names_the_flag():
    message = "--log-level: log_level must be one of debug, info, warning, error, not 'loud'"
    assert mistake(flags={"log_level": "loud"}) == message


def test_a_file_that_is_no_text_is_named(tmp_path):
    file = tmp_path / "threadkeep.toml"
    file.write_bytes(b"\xff")
    assert mistake(file=file).startswith(f"{file} cannot be read: ")


def mistake(environ=None, **sources):
    with pytest.raises(SettingsError) as caught:
        load(environ=environ or {}, **sources)
    return str(caught.value)
