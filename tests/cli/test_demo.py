"""`threadkeep demo`, as `make demo` runs it: with the real local model, and with others."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.command import Done, plain_environ, run_command
from tests.support.scripted_model import ScriptedModel
from threadkeep.inference.catalogue import SMOLLM2_135M, models_folder
from threadkeep.inference.pulling import pull

DATABASE = ("--database", "sqlite:///demo.db")


@pytest.fixture(scope="session")
def cache() -> Path:
    """The user's own cache with the local model in it, so that it is downloaded once in a while."""
    folder = models_folder(os.environ)
    pull(SMOLLM2_135M.name, folder)
    return folder.parent


def run_demo(folder: Path, *flags: str, **environ: str) -> Done:
    return run_command(("demo", *DATABASE, *flags), folder, plain_environ(folder, **environ))


@pytest.mark.timeout(180)
def test_with_the_real_local_model(tmp_path: Path, cache: Path):
    done = run_demo(tmp_path, THREADKEEP_CACHE=str(cache))
    assert (done.code, done.err) == (0, "")
    said = re.sub(r" {2,}", " ", done.out)
    assert "It is tiny and often wrong" in said
    assert "\n user What is the capital of France?\n assistant " in said
    assert "\n user And of Italy?\n assistant " in said
    assert '\n assistant calls get_weather({"city":"Oslo"})\n' in said
    assert "\n this demo submits the tool output: 4 °C and rain\n assistant " in said
    assert re.search(r"^All of it worked, in \d+ seconds\.$", said, re.MULTILINE)
    assert [line.split(" ")[0] for line in said.splitlines()[-3:]] == ["By", "Your", "Your"]


@pytest.mark.timeout(180)
def test_how_to_go_on_by_hand_is_true(tmp_path: Path, cache: Path):
    environ = plain_environ(tmp_path, THREADKEEP_CACHE=str(cache))
    demo = run_command(("demo", *DATABASE), tmp_path, environ)
    (command,) = [line for line in demo.lines if line.startswith("By hand")]
    arguments = tuple(command.partition(" chat ")[2].split())
    chat = run_command(("chat", *arguments), tmp_path, environ, "What is the capital of France?\n")
    assert chat.code == 0
    assert "Paris" in chat.out


def scripted_demo(model: ScriptedModel, *, last: str = "It is 4 °C.") -> None:
    model.reply("Paris, ", "of course.")
    model.reply("Rome.")
    model.call_functions(("get_weather", '{"city":"Oslo, Norway"}'))
    model.reply(last)


def test_with_a_server_of_ones_own(tmp_path: Path, scripted_model: ScriptedModel):
    scripted_demo(scripted_model)
    done = run_demo(tmp_path, "--upstream", scripted_model.base_url)
    assert (done.code, done.err) == (0, "")
    assert f"THREADKEEP_UPSTREAM_URL={scripted_model.base_url} " in done.lines[-3]
    asked = [message["content"] for message in scripted_model.requests[-1].body["messages"]]
    assert asked[-1] == "4 °C and rain"


@pytest.mark.parametrize(
    ("last", "message"),
    [("It is warm.", "does not mention 4"), ("", "does not mention 4")],
)
def test_an_answer_that_is_wrong_is_told(tmp_path, scripted_model, last, message):
    scripted_demo(scripted_model, last=last)
    done = run_demo(tmp_path, "--upstream", scripted_model.base_url)
    assert done.code == 1
    assert message in done.err


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("get_time", "{}"), "The model called 'get_time', which is no tool of this run."),
        (("get_weather", '{"city":"Rome"}'), 'the model asked for the weather of {"city":"Rome"}'),
    ],
)
def test_a_call_that_is_wrong_is_told(tmp_path, scripted_model: ScriptedModel, call, message):
    scripted_model.reply("Paris.")
    scripted_model.reply("Rome.")
    scripted_model.call_functions(call)
    done = run_demo(tmp_path, "--upstream", scripted_model.base_url)
    assert done.code == 1
    assert message in done.err


def test_a_run_that_fails_is_told(tmp_path, scripted_model: ScriptedModel):
    scripted_model.fail(400, "No such model.")
    done = run_demo(tmp_path, "--upstream", scripted_model.base_url)
    assert done.code == 1
    assert "the run is not completed: failed, " in done.err
    assert "No such model." in done.err


def test_a_model_that_calls_no_function_is_told(tmp_path, scripted_model: ScriptedModel):
    for text in ("Paris.", "Rome.", "I do not know."):
        scripted_model.reply(text)
    done = run_demo(tmp_path, "--upstream", scripted_model.base_url)
    assert done.code == 1
    assert "the model called no function; the run is completed" in done.err


def test_a_server_that_does_not_start_is_told(tmp_path: Path):
    done = run_demo(tmp_path, "--model", "nix.gguf")
    assert done.code == 1
    assert "the server did not start: threadkeep: local.model: 'nix.gguf' is neither" in done.err
