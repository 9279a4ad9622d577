"""Runs that do not end as wished: budgets, time, and everything that a chat model can do wrong.

Creating the run always succeeds; what went wrong is told by the run.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.conversation import (
    WEATHER,
    finish,
    new_assistant,
    new_run,
    new_thread,
    path_of,
    reach,
    steps_of,
    texts,
)
from tests.support.http import Event, Http
from tests.support.running_server import RunningServer, StartServer
from tests.support.scripted_model import DROP, END, SILENCE, Gate, Reply, ScriptedModel
from threadkeep.settings import EngineSettings

STARTED = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]


@pytest.fixture
def assistant(http: Http) -> str:
    return new_assistant(http, tools=[WEATHER])


@pytest.fixture
def thread(http: Http) -> str:
    return new_thread(http, "Hello")


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def run_events(http: Http, thread: str, assistant: str, **fields: Any) -> list[Event]:
    return http.events(f"/threads/{thread}/runs", {"assistant_id": assistant, **fields})


def is_free(http: Http, thread: str) -> bool:
    message = {"role": "user", "content": "And now?"}
    return http.post(f"/threads/{thread}/messages", message).status == 200


# The chat model fails --------------------------------------------------------------------------


def fail_429(model: ScriptedModel) -> None:
    model.fail(429, "Slow down.", type="requests", code="rate_limit_exceeded")


def fail_500(model: ScriptedModel) -> None:
    model.fail(500, "Boom.")


def fail_400(model: ScriptedModel) -> None:
    model.fail(400, "Unknown field.", type="invalid_request_error")


def fail_401(model: ScriptedModel) -> None:
    model.fail(401, "Bad key.", type="invalid_request_error")


def drop(model: ScriptedModel) -> None:
    model.reply(DROP)


def say_garbage(model: ScriptedModel) -> None:
    model.garbage(b"data: {not json\n\n")


def say_html(model: ScriptedModel) -> None:
    model.garbage(b"<html>Hello</html>", content_type="text/html")


def say_nothing(model: ScriptedModel) -> None:
    model.garbage(b"")


UPSTREAM = "The upstream 'scripted'"
NO_REPLY = f"{UPSTREAM} does not reply as it should: it"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (
            fail_429,
            (
                "rate_limit_exceeded",
                f"{UPSTREAM} takes no more requests for now (429): Slow down.",
            ),
        ),
        (fail_500, ("server_error", f"{UPSTREAM} failed (500): Boom.")),
        (fail_400, ("invalid_prompt", f"{UPSTREAM} refuses the request (400): Unknown field.")),
        (fail_401, ("server_error", f"{UPSTREAM} does not accept the API key (401): Bad key.")),
        (drop, ("server_error", f"{UPSTREAM} cannot be reached: ")),
        (say_garbage, ("server_error", f"{NO_REPLY} sent what is no reply of a chat model (")),
        (say_html, ("server_error", f"{NO_REPLY} stopped in the middle of its reply.")),
        (say_nothing, ("server_error", f"{NO_REPLY} stopped in the middle of its reply.")),
    ],
)
def test_a_model_that_fails_at_once(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str, fault, error
):
    fault(scripted_model)
    events = run_events(http, thread, assistant)
    assert names(events) == [*STARTED, "thread.run.failed", "done"]
    run = events[-2].data
    assert http.ok("GET", path_of(run)) == run
    assert run["status"] == "failed"
    assert set(run["last_error"]) == {"code", "message"}
    code, message = error
    assert run["last_error"]["code"] == code
    assert run["last_error"]["message"].startswith(message)
    assert (run["expires_at"], run["completed_at"]) == (None, None)
    assert isinstance(run["failed_at"], int)
    assert run["usage"]["total_tokens"] == 0
    assert steps_of(http, run) == []
    assert texts(http, thread) == ["Hello"]
    assert is_free(http, thread)


@pytest.mark.parametrize("fault", [DROP, END, b"data: {not json\n\n"])
def test_a_model_that_fails_in_the_middle_leaves_what_it_said(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str, fault
):
    scripted_model.reply("Once upon", " a time", fault)
    events = run_events(http, thread, assistant)
    assert [name for name in names(events) if not name.endswith("delta")] == [
        *STARTED,
        "thread.run.step.created",
        "thread.run.step.in_progress",
        "thread.message.created",
        "thread.message.in_progress",
        "thread.message.incomplete",
        "thread.run.step.failed",
        "thread.run.failed",
        "done",
    ]
    message, step, run = (event.data for event in events[-4:-1])
    assert message["incomplete_details"] == {"reason": "run_failed"}
    assert message["content"][0]["text"]["value"] == "Once upon a time"
    assert isinstance(message["incomplete_at"], int)
    assert step["last_error"] == run["last_error"]
    assert run["last_error"]["code"] == "server_error"
    assert texts(http, thread) == ["Hello", "Once upon a time"]
    assert is_free(http, thread)


def test_a_model_that_refuses_completes_the_run_with_a_refusal(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.refuse("I cannot", " do that.")
    events = run_events(http, thread, assistant)
    assert names(events)[-4:] == [
        "thread.message.completed",
        "thread.run.step.completed",
        "thread.run.completed",
        "done",
    ]
    [message, _] = http.ok("GET", f"/threads/{thread}/messages")["data"]
    assert message["content"] == [{"type": "refusal", "refusal": "I cannot do that."}]


def test_a_model_that_filters_its_content(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.reply("Well", finish_reason="content_filter")
    run = finish(http, new_run(http, thread, assistant))
    assert (run["status"], run["last_error"]) == (
        "failed",
        {"code": "server_error", "message": "The model's reply was stopped by its content filter."},
    )
    [message, _] = http.ok("GET", f"/threads/{thread}/messages")["data"]
    assert message["incomplete_details"] == {"reason": "content_filter"}
    assert is_free(http, thread)


def test_a_model_that_calls_what_nobody_offered(
    http: Http, scripted_model: ScriptedModel, thread: str
):
    scripted_model.call_functions(("launch_rockets", "{}"))
    run = finish(http, new_run(http, thread, new_assistant(http)))
    assert (run["status"], run["last_error"]) == (
        "failed",
        {
            "code": "server_error",
            "message": "The model called 'launch_rockets', which is no tool of this run.",
        },
    )
    assert is_free(http, thread)


def test_a_model_that_falls_silent(start_server: StartServer, scripted_model: ScriptedModel):
    http = start_server(read_timeout_seconds=0.3).http
    assistant, thread = new_assistant(http), new_thread(http, "Hello")
    scripted_model.reply("Well", SILENCE)
    run = finish(http, new_run(http, thread, assistant))
    assert (run["status"], run["last_error"]["code"]) == ("failed", "server_error")
    assert texts(http, thread) == ["Hello", "Well"]


def test_a_model_that_is_not_there(start_server: StartServer, scripted_model: ScriptedModel):
    http = start_server().http
    assistant, thread = new_assistant(http), new_thread(http, "Hello")
    scripted_model.queue(Reply(status=503, body=b""))
    run = finish(http, new_run(http, thread, assistant))
    assert (run["status"], run["last_error"]["code"]) == ("failed", "server_error")


def test_after_a_failure_the_next_run_succeeds(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    fail_500(scripted_model)
    assert finish(http, new_run(http, thread, assistant))["status"] == "failed"
    assert finish(http, new_run(http, thread, assistant))["status"] == "completed"


# Budgets ---------------------------------------------------------------------------------------


def asked_tokens(model: ScriptedModel) -> list[int]:
    """The longest reply that each request allowed."""
    return [request.body["max_tokens"] for request in model.chat_requests]


def test_a_reply_that_is_cut_off_is_incomplete(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.reply("Once upon", " a", finish_reason="length", usage=(10, 16))
    events = run_events(http, thread, assistant, max_completion_tokens=16)
    assert names(events)[-4:] == [
        "thread.message.incomplete",
        "thread.run.step.completed",
        "thread.run.incomplete",
        "done",
    ]
    message, step, run = (event.data for event in events[-4:-1])
    assert message["incomplete_details"] == {"reason": "max_tokens"}
    assert (step["status"], run["status"]) == ("completed", "incomplete")
    assert run["incomplete_details"] == {"reason": "max_completion_tokens"}
    assert (run["usage"]["completion_tokens"], run["expires_at"]) == (16, None)
    assert asked_tokens(scripted_model) == [16]
    assert is_free(http, thread)


def test_the_budget_of_completion_tokens_is_that_of_the_whole_run(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.call_functions(("get_weather", "{}"), usage=(10, 70))
    created = new_run(http, thread, assistant, max_completion_tokens=100)
    run = reach(http, created, "requires_action")
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"}]}
    http.ok("POST", f"{path_of(run)}/submit_tool_outputs", outputs)
    finish(http, run)
    assert asked_tokens(scripted_model) == [100, 30]


def test_a_used_up_budget_ends_the_run_before_the_next_turn(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.call_functions(("get_weather", "{}"), usage=(10, 100))
    created = new_run(http, thread, assistant, max_completion_tokens=100)
    run = reach(http, created, "requires_action")
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"}]}
    http.ok("POST", f"{path_of(run)}/submit_tool_outputs", outputs)
    done = finish(http, run)
    assert done["incomplete_details"] == {"reason": "max_completion_tokens"}
    assert len(scripted_model.chat_requests) == 1


def test_a_used_up_budget_of_prompt_tokens(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.reply("Hi", usage=(300, 5))
    done = finish(http, new_run(http, thread, assistant, max_prompt_tokens=256))
    assert (done["status"], done["incomplete_details"]) == (
        "incomplete",
        {"reason": "max_prompt_tokens"},
    )


# Time ------------------------------------------------------------------------------------------


@pytest.fixture
def hasty(start_server: StartServer) -> RunningServer:
    """Runs expire after one second."""
    return start_server(EngineSettings(run_seconds=1, sweep_seconds=0.1, drain_seconds=0.2))


def test_a_run_that_takes_too_long_expires(hasty: RunningServer, scripted_model: ScriptedModel):
    http = hasty.http
    gate = Gate()
    scripted_model.reply("Once upon", gate)
    assistant, thread = new_assistant(http), new_thread(http, "Hello")
    events = run_events(http, thread, assistant)
    assert names(events)[-4:] == [
        "thread.message.incomplete",
        "thread.run.step.expired",
        "thread.run.expired",
        "done",
    ]
    message, step, run = (event.data for event in events[-4:-1])
    assert message["incomplete_details"] == {"reason": "run_expired"}
    assert step["status"] == "expired"
    assert isinstance(step["expired_at"], int)
    assert http.ok("GET", path_of(run)) == run
    assert is_free(http, thread)
    refused = http.post(f"{path_of(run)}/cancel")
    assert refused.error["message"] == "Cannot cancel run with status 'expired'."


def test_outputs_that_come_too_late(hasty: RunningServer, scripted_model: ScriptedModel):
    http = hasty.http
    scripted_model.call_functions(("get_weather", "{}"))
    assistant, thread = new_assistant(http, tools=[WEATHER]), new_thread(http, "Hello")
    run = reach(http, new_run(http, thread, assistant), "requires_action")
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    expired = reach(http, run, "expired")
    assert expired["required_action"] is None
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"}]}
    refused = http.post(f"{path_of(run)}/submit_tool_outputs", outputs)
    assert refused.status == 400
    assert refused.error["message"] == 'Runs in status "expired" do not accept tool outputs.'
    assert steps_of(http, run)[0]["status"] == "expired"
    assert is_free(http, thread)
