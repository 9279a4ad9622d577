"""`threadkeep chat`: lines in, answers out."""

from __future__ import annotations

import re

import pytest

from tests.support.command import Threadkeep
from tests.support.conversation import WEATHER, new_assistant, new_thread, texts
from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel


@pytest.fixture
def chat(threadkeep: Threadkeep, running_server: RunningServer):
    """Chats with the server."""

    def run(*arguments: str, text: str):
        return threadkeep("chat", *arguments, "--base-url", running_server.base_url, text=text)

    return run


def test_each_line_is_answered(chat, running_server, scripted_model: ScriptedModel):
    scripted_model.reply("Hello", " you.")
    scripted_model.reply("Fine.")
    done = chat(text="Hi\n\nHow are you?\n")
    assert (done.code, done.out, done.err) == (0, "Hello you.\nFine.\n", "")
    (thread,) = running_server.http.ok("GET", "/threads")["data"]
    said = ["Hi", "Hello you.", "How are you?", "Fine."]
    assert texts(running_server.http, thread["id"]) == said


def test_a_thread_is_gone_on_with_by_the_assistant_that_was_on_it(
    chat, running_server, scripted_model: ScriptedModel
):
    http = running_server.http
    assistant, thread = new_assistant(http, instructions="Be brief."), new_thread(http)
    scripted_model.reply("One.")
    assert chat("--thread", thread, "--assistant", assistant, text="First\n").out == "One.\n"
    scripted_model.reply("Two.")
    assert chat("--thread", thread, text="Second\n").out == "Two.\n"
    asked = [message["content"] for message in scripted_model.requests[-1].body["messages"]]
    assert asked == ["Be brief.", "First", "One.", "Second"]


def test_two_chats_share_one_assistant(chat, running_server):
    chat(text="Hi\n")
    chat(text="Hi\n")
    assert len(running_server.http.ok("GET", "/assistants")["data"]) == 1


def test_model_and_instructions_go_before_those_of_the_assistant(
    chat, scripted_model: ScriptedModel
):
    assert chat("--model", "other", "--instructions", "Rhyme.", text="Hi\n").code == 0
    asked = scripted_model.requests[-1].body
    assert asked["model"] == "other"
    assert asked["messages"][0]["content"] == "Rhyme."


def test_the_output_of_a_function_is_typed(chat, running_server, scripted_model: ScriptedModel):
    assistant = new_assistant(running_server.http, tools=[WEATHER])
    scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'))
    scripted_model.reply("It rains.")
    done = chat("--assistant", assistant, text="Weather?\nrain\n")
    assert (done.code, done.err) == (0, "")
    assert 'get_weather({"city":"Oslo"}) = ' in done.out
    assert done.out.endswith("It rains.\n")
    assert scripted_model.requests[-1].body["messages"][-1]["content"] == "rain"


def test_a_run_that_fails_is_told_and_the_chat_goes_on(chat, scripted_model: ScriptedModel):
    scripted_model.fail(400, "Too much.")
    scripted_model.reply("Better.")
    done = chat(text="Hi\nAgain\n")
    assert done.code == 0
    assert re.search(r"^\[failed\] .*Too much\.", done.err)
    assert done.out.endswith("Better.\n")


def test_a_file_is_talked_to_without_a_server(
    threadkeep: Threadkeep, scripted_model: ScriptedModel, tmp_path
):
    environ = {"THREADKEEP_UPSTREAM_URL": scripted_model.base_url}
    scripted_model.reply("Hello.")
    at_file = ("--database", "sqlite:///own.db")
    done = threadkeep("chat", *at_file, text="Hi\n", **environ)
    assert (done.code, done.out, done.err) == (0, "Hello.\n", "")
    assert (tmp_path / "own.db").exists()
    listed = threadkeep("threads", "list", *at_file)
    assert listed.lines[1].startswith("thread_")
