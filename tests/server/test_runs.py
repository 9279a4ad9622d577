"""Runs as callers see them without a stream: creating, listing, changing, cancelling, deleting, and the lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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
from tests.support.http import Http
from tests.support.scripted_model import Gate, ScriptedModel


@pytest.fixture
def assistant(http: Http) -> str:
    return new_assistant(http, tools=[WEATHER], instructions="Be kind.", temperature=0.5)


@pytest.fixture
def thread(http: Http) -> str:
    return new_thread(http, "Hello")


@pytest.fixture
def gate(scripted_model: ScriptedModel) -> Gate:
    """The next reply stands still in the middle until this is opened."""
    gate = Gate()
    scripted_model.reply("Hi", gate, " there")
    return gate


def test_a_run_takes_what_the_assistant_says(http: Http, assistant: str, thread: str):
    run = new_run(http, thread, assistant)
    assert run["id"].startswith("run_")
    assert (run["object"], run["status"], run["model"]) == (
        "thread.run",
        "queued",
        "scripted-model",
    )
    assert (run["instructions"], run["temperature"], run["top_p"]) == ("Be kind.", 0.5, 1.0)
    assert run["tools"][0]["function"]["name"] == "get_weather"
    assert run["expires_at"] == run["created_at"] + 600
    assert (run["tool_choice"], run["response_format"]) == ("auto", "auto")
    assert run["parallel_tool_calls"] is True
    assert run["truncation_strategy"] == {"type": "auto", "last_messages": None}
    assert (run["tool_resources"], run["metadata"], run["usage"]) == ({}, {}, None)


def test_a_run_takes_every_override(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    response_format = {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object"}},
    }
    other = {"type": "function", "function": {"name": "now"}}
    overrides: dict[str, Any] = {
        "model": "other-model",
        "instructions": "Be brief.",
        "additional_instructions": "Be exact.",
        "additional_messages": [{"role": "user", "content": "And more"}],
        "tools": [other],
        "metadata": {"trace": "1"},
        "temperature": 0.1,
        "top_p": 0.9,
        "max_prompt_tokens": 5000,
        "max_completion_tokens": 1000,
        "truncation_strategy": {"type": "last_messages", "last_messages": 1},
        "tool_choice": {"type": "function", "function": {"name": "now"}},
        "parallel_tool_calls": False,
        "response_format": response_format,
        "reasoning_effort": "low",
    }
    scripted_model.call_functions(("now", "{}"))
    run = reach(http, new_run(http, thread, assistant, **overrides), "requires_action")
    echoed = ("model", "metadata", "temperature", "top_p", "tool_choice", "response_format")
    assert {name: run[name] for name in echoed} == {name: overrides[name] for name in echoed}
    assert run["instructions"] == "Be brief.\nBe exact."
    assert [tool["function"]["name"] for tool in run["tools"]] == ["now"]
    assert (run["max_prompt_tokens"], run["max_completion_tokens"]) == (5000, 1000)
    assert (run["parallel_tool_calls"], run["reasoning_effort"]) == (False, "low")
    assert texts(http, thread) == ["Hello", "And more"]

    [request] = scripted_model.chat_requests
    asked = request.body
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief.\nBe exact."},
        {"role": "user", "content": "And more"},
    ]
    assert (asked["model"], asked["temperature"], asked["top_p"]) == ("other-model", 0.1, 0.9)
    assert asked["tool_choice"] == overrides["tool_choice"]
    assert asked["parallel_tool_calls"] is False
    assert asked["response_format"]["json_schema"]["name"] == "answer"


def test_null_means_what_the_assistant_says(http: Http, assistant: str, thread: str):
    names = [
        "model",
        "instructions",
        "tools",
        "temperature",
        "top_p",
        "stream",
        "max_prompt_tokens",
        "metadata",
    ]
    names += ["tool_choice", "response_format", "truncation_strategy", "parallel_tool_calls"]
    run = new_run(http, thread, assistant, **dict.fromkeys(names), additional_messages=[])
    assert (run["model"], run["instructions"], run["temperature"]) == (
        "scripted-model",
        "Be kind.",
        0.5,
    )


def test_later_turns_see_what_was_said_before(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.reply("I am fine.")
    finish(http, new_run(http, thread, assistant))
    http.ok("POST", f"/threads/{thread}/messages", {"role": "user", "content": "Good."})
    finish(http, new_run(http, thread, assistant))
    assert scripted_model.chat_requests[1].body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "I am fine."},
        {"role": "user", "content": "Good."},
    ]


def test_runs_are_listed_newest_first(http: Http, assistant: str, thread: str):
    runs = [finish(http, new_run(http, thread, assistant)) for _ in range(3)]
    page = http.ok("GET", f"/threads/{thread}/runs?limit=2")
    assert page["data"] == [runs[2], runs[1]]
    assert page["has_more"] is True
    rest = http.ok("GET", f"/threads/{thread}/runs?after={page['last_id']}")
    assert (rest["data"], rest["has_more"]) == ([runs[0]], False)


def test_a_finished_run_stays_as_it_is(http: Http, assistant: str, thread: str):
    run = finish(http, new_run(http, thread, assistant))
    assert (run["status"], run["expires_at"], run["required_action"]) == ("completed", None, None)
    assert run["started_at"] <= run["completed_at"]
    assert http.ok("GET", path_of(run)) == run


def test_metadata_can_be_changed_while_a_run_waits_and_when_it_is_over(
    http: Http, scripted_model: ScriptedModel, thread: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    run = new_run(http, thread, new_assistant(http, tools=[WEATHER]), metadata={"a": "1"})
    action = reach(http, run, "requires_action")["required_action"]
    [call] = action["submit_tool_outputs"]["tool_calls"]
    changed = http.ok("POST", path_of(run), {"metadata": {"b": "2"}})
    assert (changed["metadata"], changed["status"]) == ({"b": "2"}, "requires_action")
    outputs = [{"tool_call_id": call["id"], "output": "Sunny"}]
    http.ok("POST", f"{path_of(run)}/submit_tool_outputs", {"tool_outputs": outputs})
    done = finish(http, run)
    assert (done["metadata"], done["status"]) == ({"b": "2"}, "completed")
    assert http.ok("POST", path_of(run), {"metadata": None})["metadata"] == {}


def test_while_a_run_is_active_the_thread_is_locked(
    http: Http, gate: Gate, assistant: str, thread: str
):
    run = new_run(http, thread, assistant)
    gate.wait_reached()
    message = {"role": "user", "content": "Wait"}
    refused = http.post(f"/threads/{thread}/messages", message)
    assert refused.status == 400
    assert refused.error == {
        "message": f"Can't add messages to {thread} while a run {run['id']} is active.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    for fields in ({}, {"additional_messages": [message]}, {"stream": True}):
        refused = http.post(f"/threads/{thread}/runs", {"assistant_id": assistant, **fields})
        assert refused.status == 400
        expected = f"Thread {thread} already has an active run {run['id']}."
        assert refused.error["message"] == expected
    assert http.get(f"/threads/{thread}/messages").status == 200
    assert http.ok("POST", f"/threads/{thread}", {"metadata": {"a": "1"}})["metadata"] == {"a": "1"}
    gate.open()
    finish(http, run)
    assert texts(http, thread) == ["Hello", "Hi there"]
    assert http.post(f"/threads/{thread}/messages", message).status == 200


def test_a_run_that_waits_for_outputs_locks_the_thread_too(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    run = reach(http, new_run(http, thread, assistant), "requires_action")
    refused = http.post(f"/threads/{thread}/runs", {"assistant_id": assistant})
    assert refused.error["message"] == f"Thread {thread} already has an active run {run['id']}."


def test_of_two_runs_at_once_exactly_one_wins(http: Http, gate: Gate, assistant: str, thread: str):
    def create(_: int) -> tuple[int, dict[str, Any]]:
        answer = http.post(f"/threads/{thread}/runs", {"assistant_id": assistant})
        return answer.status, answer.json

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))
    [won] = [body for status, body in answers if status == 200]
    lost = [body["error"]["message"] for status, body in answers if status == 400]
    assert lost == [f"Thread {thread} already has an active run {won['id']}."] * 7
    gate.open()
    finish(http, won)
    assert len(http.ok("GET", f"/threads/{thread}/runs")["data"]) == 1


def test_a_run_needs_something_to_answer(http: Http):
    silent = new_assistant(http)
    thread = new_thread(http)
    refused = http.post(f"/threads/{thread}/runs", {"assistant_id": silent, "stream": True})
    assert refused.status == 400
    assert refused.error == {
        "message": "Run creation requires a Thread with a user message or an assistant with instructions.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_thread",
    }
    message = {"role": "user", "content": "Hi"}
    run = new_run(http, thread, silent, additional_messages=[message])
    assert finish(http, run)["instructions"] == ""


# Cancelling ------------------------------------------------------------------------------------


def cancel(http: Http, run: dict[str, Any], body: Any = None) -> dict[str, Any]:
    return http.ok("POST", f"{path_of(run)}/cancel", body)


@pytest.mark.parametrize("body", [None, {}])
def test_cancelling_a_run_in_progress(http: Http, gate: Gate, assistant: str, thread: str, body):
    run = new_run(http, thread, assistant)
    gate.wait_reached()
    answered = cancel(http, run, body)
    assert (answered["status"], answered["cancelled_at"]) == ("cancelling", None)
    assert answered["expires_at"] == run["expires_at"]
    done = finish(http, run)
    assert (done["status"], done["expires_at"]) == ("cancelled", None)
    assert isinstance(done["cancelled_at"], int)
    [step] = steps_of(http, run)
    assert (step["status"], step["usage"] is not None) == ("cancelled", True)
    [partial, *_] = http.ok("GET", f"/threads/{thread}/messages")["data"]
    assert partial["incomplete_details"] == {"reason": "run_cancelled"}
    assert (partial["status"], partial["content"][0]["text"]["value"]) == ("incomplete", "Hi")
    assert http.post(f"/threads/{thread}/messages", {"role": "user", "content": "x"}).status == 200


def test_a_stream_tells_of_the_cancellation(http: Http, gate: Gate, assistant: str, thread: str):
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{thread}/runs", body) as stream:
        run = stream.until("thread.message.delta")[0].data
        cancel(http, run)
        names = [event.name for event in stream]
    assert names == [
        "thread.run.cancelling",
        "thread.message.incomplete",
        "thread.run.step.cancelled",
        "thread.run.cancelled",
        "done",
    ]


def test_cancelling_ends_the_request_to_the_model(
    http: Http, gate: Gate, scripted_model: ScriptedModel, assistant: str, thread: str
):
    run = new_run(http, thread, assistant)
    gate.wait_reached()
    cancel(http, run)
    finish(http, run)
    assert scripted_model.chat_requests[0].left.wait(10)


def test_cancelling_a_run_that_waits(
    http: Http, scripted_model: ScriptedModel, assistant: str, thread: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    run = reach(http, new_run(http, thread, assistant), "requires_action")
    answered = cancel(http, run)
    assert (answered["status"], answered["required_action"]) == ("cancelling", None)
    done = finish(http, run)
    assert (done["status"], done["required_action"]) == ("cancelled", None)
    assert done["usage"]["total_tokens"] == 15
    assert steps_of(http, run)[0]["status"] == "cancelled"


def test_a_queued_run_can_be_cancelled(http: Http, assistant: str, thread: str):
    run = new_run(http, thread, assistant)
    answer = http.post(f"{path_of(run)}/cancel")  # perhaps it runs already, perhaps it is over
    done = finish(http, run)
    if answer.status == 200:
        assert answer.json["status"] == "cancelling"
        assert done["status"] in {"cancelled", "completed"}
    else:
        assert answer.error["message"] == "Cannot cancel run with status 'completed'."


def test_what_has_ended_cannot_be_cancelled(http: Http, gate: Gate, assistant: str, thread: str):
    run = new_run(http, thread, assistant)
    gate.wait_reached()
    cancel(http, run)
    done = finish(http, run)
    again = http.post(f"{path_of(run)}/cancel")
    assert (again.status, again.error["message"]) == (
        400,
        "Cannot cancel run with status 'cancelled'.",
    )
    outputs = http.post(f"{path_of(run)}/submit_tool_outputs", {"tool_outputs": []})
    assert outputs.error["message"] == 'Runs in status "cancelled" do not accept tool outputs.'
    assert http.ok("GET", path_of(run)) == done


# Deleting --------------------------------------------------------------------------------------


def test_a_finished_run_can_be_deleted_and_its_messages_stay(
    http: Http, assistant: str, thread: str
):
    run = finish(http, new_run(http, thread, assistant))
    [step] = steps_of(http, run)
    assert http.ok("DELETE", path_of(run)) == {
        "id": run["id"],
        "object": "thread.run.deleted",
        "deleted": True,
    }
    for path in ("", "/steps", f"/steps/{step['id']}"):
        answer = http.get(path_of(run) + path)
        assert answer.error["message"] == f"No run found with id '{run['id']}'."
    assert len(texts(http, thread)) == 2
    assert http.ok("GET", f"/threads/{thread}/runs")["data"] == []


def test_an_active_run_cannot_be_deleted(http: Http, gate: Gate, assistant: str, thread: str):
    run = new_run(http, thread, assistant)
    gate.wait_reached()
    refused = http.delete(path_of(run))
    assert refused.status == 400
    assert refused.error["message"] == "Cannot delete run with status 'in_progress'."
    gate.open()
    assert finish(http, run)["status"] == "completed"


def test_deleting_a_thread_stops_its_run(
    http: Http, gate: Gate, scripted_model: ScriptedModel, assistant: str, thread: str
):
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{thread}/runs", body) as stream:
        run = stream.until("thread.message.delta")[0].data
        http.ok("DELETE", f"/threads/{thread}")
        assert [event.name for event in stream] == ["done"]
    assert scripted_model.chat_requests[0].left.wait(10)
    assert http.get(path_of(run)).error["message"] == f"No thread found with id '{thread}'."


def test_messages_can_be_deleted_while_a_run_is_active(
    http: Http, gate: Gate, assistant: str, thread: str
):
    run = new_run(http, thread, assistant)
    gate.wait_reached()
    [question] = [
        m["id"]
        for m in http.ok("GET", f"/threads/{thread}/messages")["data"]
        if m["role"] == "user"
    ]
    assert http.ok("DELETE", f"/threads/{thread}/messages/{question}")["deleted"] is True
    gate.open()
    assert finish(http, run)["status"] == "completed"
    assert texts(http, thread) == ["Hi there"]
