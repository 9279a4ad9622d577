"""The events of runs, exactly in the recorded order (contract §7.3 A, B, C)."""

from __future__ import annotations

import json
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
from tests.support.scripted_model import Gate, ScriptedModel

STARTED = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
STEP_OPENED = ["thread.run.step.created", "thread.run.step.in_progress"]
MESSAGE_OPENED = ["thread.message.created", "thread.message.in_progress"]
MESSAGE_CLOSED = ["thread.message.completed", "thread.run.step.completed"]
DELTA = "thread.message.delta"
STEP_DELTA = "thread.run.step.delta"
ANSWERED = ["thread.run.completed", "done"]
RUN_KEYS = [
    *("id", "object", "created_at", "assistant_id", "thread_id", "status", "started_at"),
    *("expires_at", "cancelled_at", "failed_at", "completed_at", "required_action", "last_error"),
    *("model", "instructions", "tools", "tool_resources", "metadata", "temperature", "top_p"),
    *("reasoning_effort", "max_completion_tokens", "max_prompt_tokens", "truncation_strategy"),
    *("incomplete_details", "usage", "response_format", "tool_choice", "parallel_tool_calls"),
]


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def answer_of(deltas: int) -> list[str]:
    """The names of a turn that is plain text in so many deltas."""
    return [*STEP_OPENED, *MESSAGE_OPENED, *[DELTA] * deltas, *MESSAGE_CLOSED, *ANSWERED]


def data_of(events: list[Event], name: str) -> list[Any]:
    return [event.data for event in events if event.name == name]


def outputs_for(run: dict[str, Any], *outputs: str) -> dict[str, Any]:
    calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    return {
        "tool_outputs": [
            {"tool_call_id": call["id"], "output": output}
            for call, output in zip(calls, outputs, strict=True)
        ]
    }


@pytest.fixture
def assistant(http: Http) -> str:
    return new_assistant(http, tools=[WEATHER], instructions="Be kind.")


def test_a_plain_answer(http: Http, scripted_model: ScriptedModel, assistant: str):
    scripted_model.reply("Hi", " there", " 【†】", usage=(7, 3))
    thread = new_thread(http, "Hello")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})

    deltas = len(data_of(events, DELTA))
    assert names(events) == [*STARTED, *answer_of(deltas)]
    created, queued, started = (event.data for event in events[:3])
    assert created == queued
    assert (created["status"], created["started_at"], created["usage"]) == ("queued", None, None)
    assert created["expires_at"] == created["created_at"] + 600
    assert started["status"] == "in_progress"
    assert isinstance(started["started_at"], int)

    [opened], [progressing] = (
        data_of(events, f"thread.run.step.{name}") for name in ("created", "in_progress")
    )
    assert opened == progressing
    [message] = data_of(events, "thread.message.created")
    assert message["content"] == []
    assert message["status"] == "in_progress"
    assert opened["step_details"] == {
        "type": "message_creation",
        "message_creation": {"message_id": message["id"]},
    }

    first, *later = data_of(events, DELTA)
    assert first["object"] == "thread.message.delta"
    assert first["delta"]["content"][0]["text"]["annotations"] == []
    assert all("annotations" not in delta["delta"]["content"][0]["text"] for delta in later)
    assert all("role" not in delta["delta"] for delta in [first, *later])
    told = "".join(d["delta"]["content"][0]["text"]["value"] for d in [first, *later])
    assert told == "Hi there 【†】"

    [done] = data_of(events, "thread.message.completed")
    assert done["content"] == [{"type": "text", "text": {"value": told, "annotations": []}}]
    assert (done["status"], done["run_id"], done["assistant_id"]) == (
        "completed",
        created["id"],
        assistant,
    )
    [step] = data_of(events, "thread.run.step.completed")
    [run] = data_of(events, "thread.run.completed")
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "total_tokens": 10,
        "prompt_token_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    assert step["usage"] == run["usage"] == usage
    assert (run["status"], run["expires_at"]) == ("completed", None)
    assert isinstance(run["completed_at"], int)
    assert events[-1] == Event("done", "[DONE]")


def test_what_was_streamed_is_what_is_stored(http: Http, assistant: str):
    thread = new_thread(http, "Hello")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})
    [run] = data_of(events, "thread.run.completed")
    [message] = data_of(events, "thread.message.completed")
    [step] = data_of(events, "thread.run.step.completed")
    assert http.ok("GET", path_of(run)) == run
    assert http.ok("GET", f"/threads/{thread}/messages/{message['id']}") == message
    assert steps_of(http, run) == [step]
    assert http.ok("GET", f"{path_of(run)}/steps/{step['id']}") == step


def test_every_run_event_has_every_key_and_none_is_called_error(http: Http, assistant: str):
    thread = new_thread(http, "Hello")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})
    runs = [e.data for e in events if e.name.count(".") == 2 and "run" in e.name]
    assert len(runs) == 4
    assert all(list(run) == RUN_KEYS for run in runs)
    assert all("error" not in event.data for event in events if event.name != "done")


def test_text_goes_out_as_it_comes_and_unescaped(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    gate = Gate()
    scripted_model.reply("日本", gate, "語")
    thread = new_thread(http, "Hello")
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{thread}/runs", body) as stream:
        stream.until(DELTA)  # comes although the model has not gone on
        gate.open()
        rest = list(stream)
        assert names(rest) == [DELTA, *MESSAGE_CLOSED, *ANSWERED]
        assert "日本".encode() in stream.raw
        assert b"\\u" not in stream.raw
        assert b"\r" not in stream.raw
        assert b'": ' not in stream.raw


def test_create_and_run_tells_of_the_thread_first(http: Http, assistant: str):
    body = {
        "assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "Hi"}]},
    }
    events = http.events("/threads/runs", body)
    assert names(events)[:4] == ["thread.created", *STARTED]
    assert events[0].data["object"] == "thread"
    assert events[0].data["id"] == events[1].data["thread_id"]
    assert names(events)[-2:] == ANSWERED
    assert texts(http, events[0].data["id"])[0] == "Hi"


def test_a_function_is_called_and_its_output_submitted(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'), usage=(10, 4))
    scripted_model.reply("It rains.", usage=(20, 6))
    thread = new_thread(http, "How is the weather in Oslo?")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})

    step_deltas = data_of(events, STEP_DELTA)
    assert names(events) == [
        *STARTED,
        *STEP_OPENED,
        *[STEP_DELTA] * len(step_deltas),
        "thread.run.requires_action",
        "done",
    ]
    [opened] = data_of(events, "thread.run.step.created")
    assert (opened["type"], opened["status"]) == ("tool_calls", "in_progress")
    assert opened["step_details"] == {"type": "tool_calls", "tool_calls": []}
    calls = [delta["delta"]["step_details"]["tool_calls"][0] for delta in step_deltas]
    assert set(calls[0]) == {"index", "id", "type", "function"}
    assert (calls[0]["index"], calls[0]["function"]["name"]) == (0, "get_weather")
    assert calls[0]["function"]["output"] is None
    assert all(set(call) == {"index", "type", "function"} for call in calls[1:])
    assert all(set(call["function"]) == {"arguments"} for call in calls[1:])
    assert "".join(call["function"]["arguments"] for call in calls) == '{"city":"Oslo"}'

    [waiting] = data_of(events, "thread.run.requires_action")
    assert waiting["usage"] is None
    assert waiting["expires_at"] == waiting["created_at"] + 600
    [call] = waiting["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert call == {
        "id": calls[0]["id"],
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city":"Oslo"}'},
    }
    assert http.ok("GET", path_of(waiting)) == waiting

    path = f"{path_of(waiting)}/submit_tool_outputs"
    resumed = http.events(path, outputs_for(waiting, "rain"))
    deltas = len(data_of(resumed, DELTA))
    assert names(resumed) == [
        "thread.run.step.completed",
        "thread.run.queued",
        "thread.run.in_progress",
        *answer_of(deltas),
    ]
    step = resumed[0].data
    assert step["id"] == opened["id"]
    assert step["step_details"]["tool_calls"][0]["function"] == {
        "name": "get_weather",
        "arguments": '{"city":"Oslo"}',
        "output": "rain",
    }
    assert step["usage"]["total_tokens"] == 14
    queued = resumed[1].data
    assert (queued["status"], queued["required_action"]) == ("queued", None)
    [run] = data_of(resumed, "thread.run.completed")
    assert run["usage"]["total_tokens"] == 40
    assert [s["type"] for s in steps_of(http, run)] == ["tool_calls", "message_creation"]

    [asked, told] = [request.body["messages"] for request in scripted_model.chat_requests]
    assert asked[-1]["content"] == "How is the weather in Oslo?"
    assert told[-2]["tool_calls"][0]["id"] == call["id"]
    assert told[-1] == {"role": "tool", "tool_call_id": call["id"], "content": "rain"}


def test_parallel_calls_share_a_step_and_are_answered_together(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(
        ("get_weather", '{"city":"Oslo"}'), ("get_weather", '{"city":"Rome"}')
    )
    thread = new_thread(http, "And Rome?")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})
    assert names(events).count("thread.run.step.created") == 1
    calls = [
        call
        for delta in data_of(events, STEP_DELTA)
        for call in delta["delta"]["step_details"]["tool_calls"]
    ]
    assert [call["index"] for call in calls if "id" in call] == [0, 1]
    [run] = data_of(events, "thread.run.requires_action")
    waiting = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert [json.loads(call["function"]["arguments"])["city"] for call in waiting] == [
        "Oslo",
        "Rome",
    ]

    path = f"{path_of(run)}/submit_tool_outputs"
    both = outputs_for(run, "rain", "sun")
    partial = {"tool_outputs": both["tool_outputs"][1:]}
    a, b = (call["id"] for call in waiting)
    refused = http.post(path, partial)
    assert refused.status == 400
    assert refused.error["message"] == (
        f"Expected tool outputs for call_ids ['{a}', '{b}'], got ['{b}']"
    )
    unknown = {"tool_outputs": [*both["tool_outputs"], {"tool_call_id": "call_x", "output": ""}]}
    assert http.post(path, unknown).error["message"] == (
        f"Expected tool outputs for call_ids ['{a}', '{b}'], got ['{a}', '{b}', 'call_x']"
    )
    assert http.ok("GET", path_of(run)) == run

    queued = http.ok("POST", path, both)
    assert (queued["status"], queued["required_action"]) == ("queued", None)
    again = http.post(path, both)
    assert again.status == 400
    assert again.error["message"].endswith(" do not accept tool outputs.")
    done = finish(http, queued)
    assert done["status"] == "completed"
    outputs = [
        c["function"]["output"] for c in steps_of(http, done)[0]["step_details"]["tool_calls"]
    ]
    assert outputs == ["rain", "sun"]
    assert http.post(path, both).error["message"] == (
        'Runs in status "completed" do not accept tool outputs.'
    )


def test_an_output_that_is_left_out_is_empty(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    thread = new_thread(http, "Hello")
    run = reach(http, new_run(http, thread, assistant), "requires_action")
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    body = {"tool_outputs": [{"tool_call_id": call["id"]}]}
    done = finish(http, http.ok("POST", f"{path_of(run)}/submit_tool_outputs", body))
    assert done["status"] == "completed"
    assert scripted_model.chat_requests[-1].body["messages"][-1]["content"] == ""


def test_text_before_a_call_is_a_step_of_its_own(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"), text=("Let me see.",))
    thread = new_thread(http, "Hello")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})
    kinds = [data["type"] for data in data_of(events, "thread.run.step.created")]
    assert kinds == ["message_creation", "tool_calls"]
    closed = names(events).index("thread.run.step.completed")
    assert closed < names(events).index(STEP_DELTA)
    assert names(events)[-2:] == ["thread.run.requires_action", "done"]
    assert texts(http, thread) == ["Hello", "Let me see."]


def test_a_forced_call_is_forced_only_once(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    thread = new_thread(http, "Hello")
    run = reach(http, new_run(http, thread, assistant, tool_choice="required"), "requires_action")
    path = f"{path_of(run)}/submit_tool_outputs"
    done = finish(http, http.ok("POST", path, outputs_for(run, "rain")))
    assert (done["status"], done["tool_choice"]) == ("completed", "required")
    forced, relaxed = (request.body for request in scripted_model.chat_requests)
    assert forced["tool_choice"] == "required"
    assert relaxed.get("tool_choice", "auto") == "auto"


def test_a_watcher_that_leaves_does_not_stop_the_run(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    gate = Gate()
    scripted_model.reply("Hi", gate, " there")
    thread = new_thread(http, "Hello")
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{thread}/runs", body) as stream:
        run = stream.until(DELTA)[0].data
    gate.open()
    assert finish(http, run)["status"] == "completed"
    assert texts(http, thread) == ["Hello", "Hi there"]


def test_a_watcher_that_does_not_read_does_not_hold_the_run_up(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply(*["x" * 10_000] * 300)
    thread = new_thread(http, "Hello")
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{thread}/runs", body) as stream:
        run = next(iter(stream)).data
        assert finish(http, run)["status"] == "completed"
        rest = list(stream)  # and nothing of it is lost
    told = sum(len(d["delta"]["content"][0]["text"]["value"]) for d in data_of(rest, DELTA))
    assert told == 3_000_000
    assert names(rest)[-2:] == ANSWERED


def test_a_stream_that_breaks_off_inside_the_server_says_so(
    http: Http, scripted_model: ScriptedModel, assistant: str, monkeypatch, caplog
):
    from threadkeep.engine.follower import Follower

    async def follow(*_: object, **__: object):
        yield []
        raise RuntimeError("the secret of the bus")

    monkeypatch.setattr(Follower, "follow", follow)
    thread = new_thread(http, "Hello")
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{thread}/runs", body) as stream:
        request_id = stream.headers["x-request-id"]
        events = list(stream)
    assert names(events) == ["thread.run.created", "thread.run.queued", "error", "done"]
    error = events[2].data
    nested = error.pop("error")
    assert nested == error
    assert (error["type"], error["param"], error["code"]) == ("server_error", None, None)
    assert request_id in error["message"]
    assert "secret" not in json.dumps(error)
    assert any(request_id in record.getMessage() for record in caplog.records)
