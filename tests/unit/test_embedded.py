"""The client on a server in the same process."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading

import pytest

from tests.support.conversation import WEATHER
from tests.support.scripted_model import Gate, ScriptedModel
from threadkeep import APIConnectionError, NotFoundError, SettingsError, embedded
from threadkeep.errors import StorageBusyError


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A file in a folder without settings; no model is looked for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "threads.db"


def test_a_conversation(path, scripted_model: ScriptedModel):
    scripted_model.reply("Hello", " you.")
    with embedded.client(path, upstream=scripted_model.base_url) as client:
        assistant = client.assistants.create(model="any")
        thread = client.threads.create(messages=[{"role": "user", "content": "Hi"}])
        with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
            assert list(stream.text_deltas) == ["Hello", " you."]
        assert stream.get_final_run().status == "completed"


def test_text_comes_while_the_model_still_writes(path, scripted_model: ScriptedModel):
    gate = Gate()
    scripted_model.reply("First", gate, " last.")
    with embedded.client(path, upstream=scripted_model.base_url) as client:
        assistant = client.assistants.create(model="any")
        thread = client.threads.create(messages=[{"role": "user", "content": "Hi"}])
        with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
            texts = iter(stream.text_deltas)
            assert next(texts) == "First"
            gate.open()
            assert list(texts) == [" last."]


def test_tools_are_answered(path, scripted_model: ScriptedModel):
    scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'))
    scripted_model.reply("Rain.")
    with embedded.client(path, upstream=scripted_model.base_url) as client:
        assistant = client.assistants.create(model="any", tools=[WEATHER])
        thread = client.threads.create(messages=[{"role": "user", "content": "Weather?"}])
        run = client.threads.runs.create_and_poll(thread.id, assistant_id=assistant.id)
        assert run.required_action is not None
        (call,) = run.required_action.submit_tool_outputs.tool_calls
        outputs = [{"tool_call_id": call.id, "output": "rain"}]
        run = client.threads.runs.submit_tool_outputs_and_poll(
            run.id, thread_id=thread.id, tool_outputs=outputs
        )
        assert run.status == "completed"


async def test_asynchronously(path, scripted_model: ScriptedModel):
    before = asyncio.all_tasks()
    scripted_model.reply("Hello.")
    async with embedded.async_client(path, upstream=scripted_model.base_url) as client:
        assistant = await client.assistants.create(model="any")
        thread = await client.threads.create(messages=[{"role": "user", "content": "Hi"}])
        async with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
            assert [text async for text in stream.text_deltas] == ["Hello."]
    assert asyncio.all_tasks() == before


async def test_first_calls_at_once_start_one_server(path, scripted_model: ScriptedModel):
    async with embedded.async_client(path, upstream=scripted_model.base_url) as client:
        threads = await asyncio.gather(*(client.threads.create() for _ in range(20)))
        assert len({thread.id for thread in threads}) == 20


def test_what_was_kept_is_there_after_closing(path):
    with embedded.client(path, detect_models=False) as client:
        thread = client.threads.create(metadata={"a": "b"})
    with embedded.client(path, detect_models=False) as client:
        assert client.threads.retrieve(thread.id).metadata == {"a": "b"}


def test_a_second_client_of_an_open_file_is_refused(path):
    with embedded.client(path, detect_models=False) as first:
        first.threads.create()
        second = embedded.client(path, detect_models=False)
        with pytest.raises(StorageBusyError, match="is in use by another process"):
            second.threads.create()
        second.close()
        first.threads.create()


def test_after_a_start_that_failed_it_can_be_tried_again(path):
    first = embedded.client(path, detect_models=False)
    first.threads.create()
    second = embedded.client(path, detect_models=False)
    with pytest.raises(StorageBusyError):
        second.threads.list()
    first.close()
    with second:
        assert len(second.threads.list().data) == 1


def test_a_closed_client_says_so(path):
    client = embedded.client(path, detect_models=False, engine={"sweep_seconds": 1})
    client.threads.create()
    client.close()
    client.close()
    with pytest.raises(APIConnectionError, match="was stopped when its client was closed"):
        client.with_options(max_retries=0).threads.create()


async def test_a_closed_asynchronous_client_says_so(path):
    client = embedded.async_client(path, detect_models=False)
    await client.threads.create()
    await client.close()
    await client.close()
    with pytest.raises(APIConnectionError, match="was stopped when its client was closed"):
        await client.with_options(max_retries=0).threads.create()


def test_nothing_is_left_running(path):
    before = set(threading.enumerate())
    with embedded.client(path, detect_models=False) as client:
        client.threads.create()
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) <= before


def test_no_port_is_opened(path, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("it listens")

    monkeypatch.setattr(socket.socket, "listen", refuse)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    with embedded.client(path, detect_models=False) as client:
        client.threads.create()


def test_an_api_key_of_the_environment_does_not_shut_it(path, monkeypatch):
    monkeypatch.setenv("THREADKEEP_API_KEY", "sk-for-the-server")
    with embedded.client(path, detect_models=False) as client:
        assert client.threads.create().id


def test_errors_are_those_of_the_api(path):
    with (
        embedded.client(path, detect_models=False) as client,
        pytest.raises(NotFoundError, match="No thread found with id 'thread_nix'"),
    ):
        client.threads.retrieve("thread_nix")


def test_settings_can_be_given_in_the_call_or_in_a_file(path, tmp_path, monkeypatch):
    file = tmp_path / "own.toml"
    file.write_text("detect_models = false\nengine.run_seconds = 3\n")
    monkeypatch.setenv("THREADKEEP_ENGINE_RUN_SECONDS", "4")
    effective = embedded.effective_settings(path, None, None, file, {"engine": {"concurrency": 2}})
    assert effective.settings.database == f"sqlite:///{path}"
    assert effective.settings.detect_models is False
    assert (effective.settings.engine.run_seconds, effective.settings.engine.concurrency) == (4, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prot": 1}, "argument prot: unknown key 'prot'; did you mean 'port'?"),
        ({"engine": {"lease": 1}}, "argument engine: unknown key 'lease' in [engine]"),
        ({"upstream": "localhost"}, "an upstream is named by a URL"),
        ({"settings_file": "nix.toml"}, "there is no settings file nix.toml"),
    ],
)
def test_a_mistake_in_the_call_is_told_at_once(path, arguments, message):
    with pytest.raises(SettingsError) as caught:
        embedded.client(path, **arguments)
    assert str(caught.value).startswith(message)


def test_a_program_that_closes_nothing_still_ends(path):
    program = (
        "from threadkeep import embedded\n"
        f"client = embedded.client({str(path)!r}, detect_models=False)\n"
        "print(client.threads.create().id)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    with embedded.client(path, detect_models=False) as client:
        assert [thread.id for thread in client.threads.list()] == [done.stdout.strip()]


def test_without_the_extra_the_import_says_what_to_install():
    program = "import sys; sys.modules['starlette'] = None; import threadkeep.embedded"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install 'threadkeep[server]'" in done.stderr.splitlines()[-1]
