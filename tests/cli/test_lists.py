"""Objects of a server are listed and shown, for people as tables and for programs as JSON."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.command import Threadkeep
from tests.support.conversation import WEATHER, finish, new_assistant, new_run, new_thread, reach
from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel


@pytest.fixture
def at(threadkeep: Threadkeep, running_server: RunningServer):
    """Runs a command against the server; its output."""

    def run(*arguments: str) -> str:
        done = threadkeep(*arguments, "--base-url", running_server.base_url)
        assert (done.code, done.err) == (0, "")
        return done.out

    return run


def rows(table: str) -> list[list[str]]:
    """The cells of a table's rows; columns are at least three blanks apart."""
    return [re.split(r" {3,}", line) for line in table.splitlines()]


def test_a_server_without_anything(at):
    assert at("assistants", "list") == "There are no assistants.\n"
    assert at("threads", "list") == "There are no threads.\n"
    assert at("threads", "list", "--json") == "[]\n"


def test_assistants(at, running_server: RunningServer):
    http = running_server.http
    first = new_assistant(http, name="First")
    second = new_assistant(http, name="Second", tools=[WEATHER], instructions="Be kind.")
    header, *found = rows(at("assistants", "list"))
    assert header == ["Id", "Created", "Model", "Tools", "Name"]
    assert [row[0] for row in found] == [second, first]
    assert found[0][2:] == ["scripted-model", "get_weather", "Second"]
    assert len(at("assistants", "list", "--limit", "1").splitlines()) == 2

    shown = at("assistants", "show", second)
    assert f"Id             {second}\n" in shown
    assert "Instructions   Be kind.\n" in shown
    as_json = http.ok("GET", f"/assistants/{second}")
    assert json.loads(at("assistants", "show", second, "--json")) == as_json
    assert json.loads(at("assistants", "list", "--json"))[0] == as_json


def test_a_conversation(at, running_server: RunningServer, scripted_model: ScriptedModel):
    http = running_server.http
    assistant, thread = new_assistant(http), new_thread(http, "Hello\nthere")
    scripted_model.reply("Hi.")
    run = finish(http, new_run(http, thread, assistant))

    assert [row[0] for row in rows(at("threads", "list"))] == ["Id", thread]
    shown = at("threads", "show", thread)
    assert "user        Hello\n            there\nassistant   Hi.\n" in shown

    header, reply, question = rows(at("messages", "list", thread))
    assert header == ["Id", "Created", "Role", "Status", "Text"]
    assert [reply[2], reply[-1]] == ["assistant", "Hi."]
    assert question[-1] == "Hello there"
    assert "Text       Hi.\n" in at("messages", "show", thread, reply[0])
    as_json = json.loads(at("messages", "show", thread, reply[0], "--json"))
    assert as_json["id"] == reply[0]
    assert json.loads(at("threads", "show", thread, "--json"))["id"] == thread
    messages = http.ok("GET", f"/threads/{thread}/messages")["data"]
    assert json.loads(at("messages", "list", thread, "--json")) == messages

    assert rows(at("runs", "list", thread))[1][0] == run["id"]
    assert json.loads(at("runs", "list", thread, "--json")) == [run]
    shown = at("runs", "show", thread, run["id"])
    assert "Status         completed\n" in shown
    assert f"completed   {reply[0]}\n" in shown
    assert json.loads(at("runs", "show", thread, run["id"], "--json")) == run


def test_a_run_that_waits_and_one_that_failed(
    at, running_server: RunningServer, scripted_model: ScriptedModel
):
    http = running_server.http
    assistant = new_assistant(http, tools=[WEATHER])
    waiting, failing = new_thread(http, "Weather?"), new_thread(http, "Hello")
    scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'))
    run = reach(http, new_run(http, waiting, assistant), "requires_action")
    assert "requires_action   scripted-model   waits for get_weather\n" in at(
        "runs", "list", waiting
    )
    assert 'get_weather({"city":"Oslo"})\n' in at("runs", "show", waiting, run["id"])

    scripted_model.fail(400, "No such model.")
    finish(http, new_run(http, failing, assistant))
    assert "failed" in (listed := at("runs", "list", failing))
    assert "No such model." in listed


def test_a_list_goes_on_over_pages(at, running_server: RunningServer):
    made = [new_thread(running_server.http) for _ in range(103)]
    listed = json.loads(at("threads", "list", "--json", "--limit", "102"))
    assert [thread["id"] for thread in listed] == made[:0:-1]
