"""The code interpreter, which this server does not have: accepted and echoed everywhere, never offered to a model."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.conversation import WEATHER, finish, new_assistant, new_run, new_thread, texts
from tests.support.http import Http
from tests.support.scripted_model import ScriptedModel
from tests.support.uploads import upload

CODE = {"type": "code_interpreter"}
FORCED = [CODE, "required"]
TEXT_ALONE = [
    "thread.run.created",
    "thread.run.queued",
    "thread.run.in_progress",
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.message.created",
    "thread.message.in_progress",
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.completed",
    "done",
]


@pytest.fixture
def thread(http: Http) -> str:
    return new_thread(http, "What is 6 times 7?")


@pytest.fixture
def assistant(http: Http) -> str:
    return new_assistant(http, tools=[CODE])


def test_it_is_accepted_and_echoed_wherever_it_can_be_named(http: Http):
    [file, another] = [upload(http, b"a,b", f"{name}.csv")["id"] for name in ("one", "two")]
    files = {"code_interpreter": {"file_ids": [file]}}
    assistant = http.ok(
        "POST", "/assistants", {"model": "m", "tools": [CODE], "tool_resources": files}
    )
    assert (assistant["tools"], assistant["tool_resources"]) == ([CODE], files)
    assert http.ok("GET", f"/assistants/{assistant['id']}") == assistant

    thread = http.ok("POST", "/threads", {"tool_resources": files})
    assert thread["tool_resources"] == files
    attachments = [{"file_id": another, "tools": [CODE]}]
    body = {"role": "user", "content": "Read it.", "attachments": attachments}
    path = f"/threads/{thread['id']}"
    assert http.ok("POST", f"{path}/messages", body)["attachments"] == attachments
    known = http.ok("GET", path)["tool_resources"]["code_interpreter"]["file_ids"]
    assert known == [file, another]

    run = new_run(http, thread["id"], new_assistant(http), tools=[CODE])
    assert run["tools"] == [CODE]
    assert finish(http, run)["tools"] == [CODE]


def test_the_model_is_not_told_of_it_and_the_log_says_so(
    http: Http, scripted_model: ScriptedModel, thread: str, caplog: pytest.LogCaptureFixture
):
    run = finish(http, new_run(http, thread, new_assistant(http, tools=[CODE, WEATHER])))
    assert run["status"] == "completed"
    [asked] = scripted_model.chat_requests
    assert [tool["function"]["name"] for tool in asked.body["tools"]] == ["get_weather"]
    [warning] = [r for r in caplog.records if "code_interpreter" in r.getMessage()]
    assert warning.levelname == "WARNING"
    assert warning.getMessage() == (
        f"{run['id']}: this server has no code_interpreter, so the model is not told of it"
    )


def test_a_run_goes_on_without_it_as_any_run_without_tools(
    http: Http, scripted_model: ScriptedModel, thread: str, assistant: str
):
    scripted_model.reply("42.")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})
    assert [event.name for event in events] == TEXT_ALONE
    assert "tools" not in scripted_model.chat_requests[0].body
    assert texts(http, thread) == ["What is 6 times 7?", "42."]


@pytest.mark.parametrize("choice", FORCED, ids=["by name", "as the only tool"])
def test_a_run_that_is_forced_to_use_it_fails_and_says_why(
    http: Http, scripted_model: ScriptedModel, thread: str, assistant: str, choice: Any
):
    run = finish(http, new_run(http, thread, assistant, tool_choice=choice))
    assert (run["status"], run["tool_choice"]) == ("failed", choice)
    assert run["last_error"] == {
        "code": "server_error",
        "message": "The run must use the tool 'code_interpreter', which this server does not have.",
    }
    assert scripted_model.chat_requests == []
    body = {"assistant_id": assistant, "tool_choice": choice}
    events = http.events(f"/threads/{thread}/runs", body)
    assert [event.name for event in events] == [*TEXT_ALONE[:3], "thread.run.failed", "done"]


def test_a_run_that_is_forced_to_use_some_tool_can_use_another(
    http: Http, scripted_model: ScriptedModel, thread: str
):
    assistant = new_assistant(http, tools=[CODE, WEATHER])
    scripted_model.reply("Hello.")
    assert (
        finish(http, new_run(http, thread, assistant, tool_choice="required"))["status"]
        == "completed"
    )
    assert scripted_model.chat_requests[0].body["tool_choice"] == "required"
