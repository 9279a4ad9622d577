from __future__ import annotations

import asyncio
import socket
import time
from contextlib import contextmanager

import msgspec
import pytest

from tests.support.chat import asking, replied, text_of
from tests.support.scripted_model import DEFAULT_TEXT, ScriptedModel
from threadkeep.errors import SettingsError
from threadkeep.inference import discovery, local_lookup
from threadkeep.inference.catalogue import SMOLLM2_135M, models_folder
from threadkeep.inference.discovery import discover
from threadkeep.inference.opening import open_chat_model
from threadkeep.inference.probing import UsualServer
from threadkeep.settings import (
    FallbackSettings,
    LocalModelSettings,
    RouteSettings,
    Settings,
    UpstreamSettings,
)

QUIET = Settings(detect_models=False)


def with_(settings=QUIET, **fields):
    return msgspec.structs.replace(settings, **fields)


def results(found):
    return {finding.what: (finding.result, finding.why) for finding in found.findings}


def routes(found):
    return [(route.pattern, route.upstream, route.model) for route in found.routes]


@pytest.fixture
def environ(tmp_path):
    """The environment of a machine on which no model was pulled."""
    return {"THREADKEEP_CACHE": str(tmp_path)}


@pytest.fixture
def usual_ports(monkeypatch):
    """Let model servers be usual on other ports: real ones may run here on the real ones."""

    def set_ports(*servers):
        usual = [UsualServer(name, name.title(), port) for name, port in servers]
        monkeypatch.setattr(discovery, "USUAL_SERVERS", usual)

    return set_ports


@contextmanager
def silent_server():
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


async def test_nothing_there_says_where_was_looked(environ, usual_ports):
    usual_ports(("ollama", free_port()))

    found = await discover(Settings(), environ)

    assert (found.upstreams, found.routes, found.local) == ({}, (), None)
    assert [finding.result for finding in found.findings] == ["not found"] * 5
    assert results(found)["OPENAI_BASE_URL and OPENAI_API_KEY"][1] == "neither is set"


async def test_the_settings_come_first(scripted_model, environ):
    environ |= {"THREADKEEP_UPSTREAM_URL": "http://elsewhere/v1", "MY_KEY": "sk-1"}
    settings = with_(
        upstreams={
            "mine": UpstreamSettings(url=scripted_model.base_url, api_key_env="MY_KEY"),
            "other": UpstreamSettings(url="http://127.0.0.1:9/v1"),
        },
        routes=[
            RouteSettings(
                pattern="gpt-4o*",
                upstream="mine",
                model="scripted-model",
                fallbacks=[FallbackSettings(upstream="other")],
            )
        ],
    )

    found = await discover(settings, environ)

    assert found.routes == settings.routes
    assert found.destinations() == [("gpt-4o*", "mine: scripted-model, else other: the same name")]
    assert results(found)["the settings"] == ("used", "they name mine, other")
    assert results(found)["THREADKEEP_UPSTREAM_URL"] == (
        "not looked for",
        "the settings came first",
    )
    assert "sk-1" not in repr(found)
    async with open_chat_model(found) as chat_model:
        assert text_of(await replied(chat_model, asking(model="gpt-4o"))) == DEFAULT_TEXT
    assert scripted_model.chat_requests[0].headers["authorization"] == "Bearer sk-1"


async def test_an_upstream_without_routes_gets_all_names(environ):
    upstreams = {
        "a": UpstreamSettings(url="http://a/v1"),
        "b": UpstreamSettings(url="http://b/v1"),
    }
    found = await discover(with_(upstreams=upstreams), environ)

    assert routes(found) == [("*", "a", None)]


async def test_a_key_that_is_not_there_is_told(environ):
    upstreams = {"a": UpstreamSettings(url="http://a/v1", api_key_env="NO_KEY")}

    with pytest.raises(SettingsError, match=r"upstreams\.a\.api_key_env: .* NO_KEY is not set"):
        await discover(with_(upstreams=upstreams), environ)


async def test_the_own_variables_come_before_those_of_the_sdk(scripted_model, environ):
    scripted_model.models[:] = ["nomic-embed-text", "llama3.2", "qwen"]
    environ |= {
        "THREADKEEP_UPSTREAM_URL": scripted_model.base_url,
        "THREADKEEP_UPSTREAM_API_KEY": "sk-2",
        "OPENAI_API_KEY": "sk-3",
    }

    found = await discover(QUIET, environ)

    assert routes(found) == [
        ("llama3.2", "upstream", None),
        ("qwen", "upstream", None),
        ("*", "upstream", "llama3.2"),
    ]
    assert results(found)["THREADKEEP_UPSTREAM_URL"] == (
        "used",
        f"{scripted_model.base_url} lists llama3.2, qwen",
    )
    assert results(found)["OPENAI_BASE_URL and OPENAI_API_KEY"][0] == "not looked for"
    async with open_chat_model(found) as chat_model:
        await replied(chat_model, asking(model="gpt-4o"))
    assert scripted_model.chat_requests[0].body["model"] == "llama3.2"
    assert {r.headers["authorization"] for r in scripted_model.requests} == {"Bearer sk-2"}


async def test_a_named_server_that_is_away_is_used_all_the_same(environ):
    environ["OPENAI_BASE_URL"] = f"http://user:secret@127.0.0.1:{free_port()}/v1?key=secret"

    found = await discover(QUIET, environ)

    assert routes(found) == [("*", "openai", None)]
    result, why = results(found)["OPENAI_BASE_URL and OPENAI_API_KEY"]
    assert result == "used"
    assert why.endswith("/v1 nothing listens there")
    assert "secret" not in why


async def test_a_hosted_server_gets_the_names_as_they_are(scripted_model, environ, monkeypatch):
    # `127.1` leads here, but by its form it is the name of somebody else's server.
    monkeypatch.setattr(discovery, "HOSTED_URL", f"http://127.1:{scripted_model.port}/v1")
    environ["OPENAI_API_KEY"] = "sk-3"

    found = await discover(QUIET, environ)

    assert routes(found) == [("*", "openai", None)]
    assert scripted_model.requests[0].headers["authorization"] == "Bearer sk-3"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::"])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "0.0.0.0"])
async def test_variables_for_the_clients_of_this_server_are_refused(environ, host, name):
    environ["OPENAI_BASE_URL"] = f"http://{name}:8400/v1"

    found = await discover(with_(host=host, port=8400), environ)

    assert results(found)["OPENAI_BASE_URL"] == (
        "refused",
        "it points back at this server, which would ask itself for ever",
    )
    assert found.routes == ()


async def test_an_upstream_that_is_this_server_is_a_mistake(environ):
    upstreams = {"me": UpstreamSettings(url="http://localhost:8400/v1")}

    with pytest.raises(SettingsError, match=r"upstreams\.me\.url points back at this server"):
        await discover(with_(upstreams=upstreams), environ)
    environ["THREADKEEP_UPSTREAM_URL"] = "http://localhost:8400/v1"
    with pytest.raises(SettingsError, match="THREADKEEP_UPSTREAM_URL points back at this server"):
        await discover(QUIET, environ)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8401/v1"),
        ("127.0.0.1", "http://192.0.2.1:8400/v1"),
        ("0.0.0.0", "http://192.0.2.1:8400/v1"),
        ("127.0.0.1", "http://no-such-host.invalid:8400/v1"),
        ("127.0.0.1", "http://127.0.0.1/v1"),
    ],
)
async def test_other_addresses_are_no_loop(environ, host, url):
    settings = with_(host=host, port=8400, upstreams={"a": UpstreamSettings(url=url)})
    assert routes(await discover(settings, environ)) == [("*", "a", None)]


async def test_a_url_without_a_scheme_is_told(environ):
    environ["THREADKEEP_UPSTREAM_URL"] = "localhost:1234/v1"
    with pytest.raises(SettingsError, match="must start with http:// or https://"):
        await discover(QUIET, environ)


async def test_model_servers_on_their_usual_ports_are_found(environ, usual_ports):
    with (
        ScriptedModel(models=("llama3.2",)) as ollama,
        ScriptedModel(models=("mistral", "llama3.2")) as vllm,
        ScriptedModel(models=()) as empty,
    ):
        usual_ports(
            ("lm-studio", empty.port),
            ("ollama", ollama.port),
            ("none", free_port()),
            ("vllm", vllm.port),
        )
        found = await discover(Settings(), environ)

    assert routes(found) == [
        ("llama3.2", "ollama", None),
        ("mistral", "vllm", None),
        ("*", "ollama", "llama3.2"),
    ]
    assert results(found)[f"Ollama on port {ollama.port}"] == ("used", "it lists llama3.2")
    assert results(found)[f"Lm-Studio on port {empty.port}"] == (
        "not found",
        "it has no chat model yet",
    )


async def test_a_port_that_does_not_answer_is_not_waited_for(environ, usual_ports):
    with silent_server() as first, silent_server() as second:
        usual_ports(("ollama", first), ("vllm", second))
        async with asyncio.timeout(5):
            started = time.monotonic()
            found = await discover(Settings(), environ)
            seconds = time.monotonic() - started

    assert results(found)[f"Ollama on port {first}"] == ("not found", "no answer within 0.3 s")
    assert results(found)[f"Vllm on port {second}"][1] == "no answer within 0.3 s"
    assert seconds >= 0.3


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (401, b"", "it wants an API key (401)"),
        (404, b"", "it lists no models (404)"),
        (200, b"<html>", "it is no model server"),
        (200, b'{"data":null}', "it has no chat model yet"),
    ],
)
async def test_other_servers_on_these_ports_are_told_apart(
    environ, usual_ports, scripted_model, status, body, why
):
    scripted_model.listing = (status, body)
    usual_ports(("vllm", scripted_model.port))

    found = await discover(Settings(), environ)

    assert results(found)[f"Vllm on port {scripted_model.port}"] == ("not found", why)


async def test_this_server_is_no_model_server(environ, usual_ports, scripted_model):
    usual_ports(("vllm", scripted_model.port))

    found = await discover(Settings(port=scripted_model.port), environ)

    assert results(found)[f"Vllm on port {scripted_model.port}"] == (
        "not looked for",
        "this server listens there",
    )
    assert scripted_model.requests == []


async def test_ports_are_left_alone_if_so_set(environ, usual_ports, scripted_model):
    usual_ports(("vllm", scripted_model.port))

    found = await discover(QUIET, environ)

    assert found.routes == ()
    assert scripted_model.requests == []


@pytest.fixture
def pulled(environ):
    """A file where the model would be, of its size."""
    path = SMOLLM2_135M.path(models_folder(environ))
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(SMOLLM2_135M.size_bytes)
    return path


async def test_the_local_model_is_the_last_resort(environ, pulled):
    found = await discover(QUIET, environ)

    assert found.local is not None
    assert (found.local.name, found.local.path) == ("smollm2-135m", pulled)
    assert routes(found) == [("*", "local", None)]
    assert results(found)["the local model"] == ("used", "smollm2-135m is installed")


async def test_the_settings_can_name_the_local_model(environ, pulled):
    local = LocalModelSettings(model="smollm2-135m", threads=1, context_tokens=1024)
    found = await discover(with_(local=local), environ)

    assert found.local is not None
    assert (found.local.path, found.local.threads, found.local.context_tokens) == (pulled, 1, 1024)
    assert routes(found) == [("*", "local", None)]


async def test_any_model_file_will_do(environ, tmp_path):
    path = tmp_path / "tiny.Q4.gguf"
    path.touch()

    found = await discover(with_(local=LocalModelSettings(model=str(path))), environ)

    assert found.local is not None
    assert (found.local.name, found.local.path) == ("tiny.Q4", path)


async def test_routes_can_lead_to_the_local_model(environ, pulled):
    route = RouteSettings(pattern="small", upstream="local")
    found = await discover(with_(routes=[route]), environ)

    assert found.local is not None
    assert results(found)["the settings"] == ("used", "they name local")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"local": LocalModelSettings(model="smollm2-135m")}, "run `threadkeep models pull"),
        ({"local": LocalModelSettings(model="nowhere.gguf")}, "is neither a file nor one of smol"),
        (
            {"routes": [RouteSettings(pattern="*", upstream="local")]},
            "a route leads to the local model, but no model is pulled",
        ),
    ],
)
async def test_a_local_model_that_is_not_there_is_told(environ, fields, message):
    with pytest.raises(SettingsError, match=message):
        await discover(with_(**fields), environ)


async def test_without_the_extra_there_is_no_local_model(environ, pulled, monkeypatch):
    monkeypatch.setattr(local_lookup, "can_run_models", lambda: False)

    found = await discover(QUIET, environ)
    assert results(found)["the local model"][1] == "the extra `local` is not installed"
    with pytest.raises(SettingsError, match=r"pip install 'threadkeep\[local\]'"):
        await discover(with_(local=LocalModelSettings(model="smollm2-135m")), environ)


async def test_the_cache_is_where_the_user_keeps_caches(tmp_path):
    assert models_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "threadkeep" / "models"
    assert models_folder({"THREADKEEP_CACHE": "/c", "XDG_CACHE_HOME": "/x"}).parts[1] == "c"
    home = models_folder({"XDG_CACHE_HOME": "relative"})
    assert home.parts[-3:] == (".cache", "threadkeep", "models")
