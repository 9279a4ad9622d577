"""The traps that lie in what a run tells while it goes on: its fields, its events and what clients make of them."""

from __future__ import annotations

import time
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
from tests.support.scripted_model import DROP, Gate, ScriptedModel
from tests.support.searching import new_store_of
from threadkeep.engine.follower import Follower

DELTA = "thread.message.delta"
STEP_DELTA = "thread.run.step.delta"
RUN_EVENTS = {"created", "queued", "in_progress", "requires_action", "completed"} | {
    *("incomplete", "failed", "cancelling", "cancelled", "expired")
}
STEP_EVENTS = {"created", "in_progress", "delta", "completed", "failed", "cancelled", "expired"}
MESSAGE_EVENTS = {"created", "in_progress", "delta", "completed", "incomplete"}
KNOWN_EVENTS = {
    *("thread.created", "error", "done"),
    *(f"thread.run.{name}" for name in RUN_EVENTS),
    *(f"thread.run.step.{name}" for name in STEP_EVENTS),
    *(f"thread.message.{name}" for name in MESSAGE_EVENTS),
}
MARKS = ("【0:0†foods.txt】", "【0:1†drinks.txt】")


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def data_of(events: list[Event], name: str) -> list[Any]:
    return [event.data for event in events if event.name == name]


@pytest.fixture
def assistant(http: Http) -> str:
    return new_assistant(http, tools=[WEATHER])


def run_events(http: Http, assistant: str, **fields: Any) -> list[Event]:
    """The events of a run on a new thread."""
    thread = new_thread(http, "Hello")
    return http.events(f"/threads/{thread}/runs", {"assistant_id": assistant, **fields})


def submit_events(http: Http, run: dict[str, Any]) -> list[Event]:
    return http.events(f"{path_of(run)}/submit_tool_outputs", outputs_for(run))


def outputs_for(run: dict[str, Any]) -> dict[str, Any]:
    calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    return {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"} for call in calls]}


@pytest.fixture
def called(http: Http, scripted_model: ScriptedModel, assistant: str) -> list[Event]:
    """The events of a run up to where it waits for the outputs of two calls."""
    scripted_model.call_functions(
        ("get_weather", '{"city":"Oslo"}'), ("get_weather", '{"city":"Rome"}')
    )
    return run_events(http, assistant)


def cited_events(http: Http, model: ScriptedModel) -> list[Event]:
    """The events of a run whose answer cites two files."""
    store = new_store_of(http, foods_txt="The best food is pizza.", drinks_txt="The best is tea.")
    resources = {"file_search": {"vector_store_ids": [store]}}
    tools = [{"type": "file_search"}]
    model.call_functions(("file_search", '{"queries":["best food"]}'))
    model.reply("Pizza ", MARKS[0], " and tea ", MARKS[1], ".")
    return run_events(http, new_assistant(http, tools=tools, tool_resources=resources))


def merged(into: Any, delta: Any) -> Any:
    """What clients make of a delta: texts are put together, numbers added, lists merged by `index`."""
    if into is None:
        return delta
    if isinstance(delta, dict):
        kept = ("index", "type")
        both = {k: d if k in kept else merged(into.get(k), d) for k, d in delta.items()}
        return {**into, **both}
    if not isinstance(delta, list):
        return into if delta is None else into + delta
    items = [*into]
    for item in delta:
        place = item["index"]
        items[place : place + 1] = [merged(items[place] if place < len(items) else None, item)]
    return items


def grown(deltas: list[Any]) -> Any:
    """What clients have after all deltas; a first one opens with nothing."""
    whole: dict[str, Any] = {}
    for data in deltas:
        key, value = next(iter(data["delta"].items()))
        start = whole.get(key, {"tool_calls": []} if isinstance(value, dict) else [])
        whole[key] = merged(start, value)
    return whole


def without_index(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in item.items() if key != "index"} for item in items]


def test_trap_06_started_at_is_set_by_each_start(http: Http, called: list[Event]):
    created, queued, started = (event.data for event in called[:3])
    assert (created["started_at"], queued["started_at"]) == (None, None)
    assert started["started_at"] >= created["created_at"]
    while time.time() < started["started_at"] + 1:
        time.sleep(0.02)  # the clock of runs ticks in seconds
    waiting = called[-2].data
    again = data_of(submit_events(http, waiting), "thread.run.in_progress")[0]
    assert waiting["started_at"] == started["started_at"] < again["started_at"]


def test_trap_07_expires_at_is_never_put_off_and_null_at_the_end(http: Http, called: list[Event]):
    waiting = called[-2].data
    *resumed, done = (
        event.data
        for event in submit_events(http, waiting)
        if event.name.startswith("thread.run.") and event.data["object"] == "thread.run"
    )
    assert {run["expires_at"] for run in (waiting, *resumed)} == {waiting["created_at"] + 600}
    assert done["expires_at"] is None
    assert http.ok("GET", path_of(done))["expires_at"] is None


def test_trap_08_usage_is_null_until_the_run_has_ended(http: Http, called: list[Event]):
    waiting = called[-2].data
    assert waiting["status"] == "requires_action"
    assert waiting["usage"] is None
    assert http.ok("GET", path_of(waiting))["usage"] is None
    assert submit_events(http, waiting)[-2].data["usage"]["total_tokens"] == 30


def test_trap_09_the_step_of_a_call_is_completed_by_its_outputs(http: Http, called: list[Event]):
    assert "thread.run.step.completed" not in names(called)
    run = called[-2].data
    [step] = steps_of(http, run)
    assert (step["status"], step["completed_at"]) == ("in_progress", None)
    first, *_ = submit_events(http, run)
    assert (first.name, first.data["id"]) == ("thread.run.step.completed", step["id"])


def test_trap_10_the_stream_of_a_submit_opens_with_what_was_open(http: Http, called: list[Event]):
    resumed = names(submit_events(http, called[-2].data))
    assert resumed[:3] == [
        "thread.run.step.completed",
        "thread.run.queued",
        "thread.run.in_progress",
    ]
    assert "thread.run.created" not in resumed


def test_trap_11_a_message_lies_within_its_step(http: Http, assistant: str):
    events = [name for name in names(run_events(http, assistant)) if name != DELTA]
    assert events[3:-2] == [
        *("thread.run.step.created", "thread.run.step.in_progress"),
        *("thread.message.created", "thread.message.in_progress"),
        *("thread.message.completed", "thread.run.step.completed"),
    ]


def test_trap_12_deltas_put_together_are_what_the_model_called(called: list[Event]):
    made = grown(data_of(called, STEP_DELTA))["step_details"]["tool_calls"]
    waiting = called[-2].data["required_action"]["submit_tool_outputs"]["tool_calls"]
    told = [{"name": c["function"]["name"], "id": c["id"], "type": c["type"]} for c in made]
    assert told == [{"name": "get_weather", "id": c["id"], "type": "function"} for c in waiting]
    arguments = [call["function"]["arguments"] for call in made]
    assert arguments == ['{"city":"Oslo"}', '{"city":"Rome"}']


def test_trap_13_annotations_put_together_are_those_of_the_message(
    http: Http, scripted_model: ScriptedModel
):
    events = cited_events(http, scripted_model)
    [part] = grown(data_of(events, DELTA))["content"]
    [message] = data_of(events, "thread.message.completed")
    final = message["content"][0]["text"]
    assert [a["index"] for a in part["text"]["annotations"]] == [0, 1]
    assert without_index(part["text"]["annotations"]) == final["annotations"]
    assert [annotation["text"] for annotation in final["annotations"]] == [*MARKS]
    assert part["text"]["value"] == final["value"]


def test_trap_14_annotations_are_an_empty_list_first_and_then_left_out(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply("Hi", 0.05, " there", 0.05, " you")
    first, *later = (
        data["delta"]["content"][0]["text"] for data in data_of(run_events(http, assistant), DELTA)
    )
    assert first["annotations"] == []
    assert all("annotations" not in text for text in later)


def test_trap_15_the_final_message_has_every_part_of_the_deltas(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply("Once upon", DROP)
    for events in (run_events(http, assistant), run_events(http, assistant)):
        parts = grown(data_of(events, DELTA))["content"]
        [message] = [
            event.data
            for event in events
            if event.name in {"thread.message.completed", "thread.message.incomplete"}
        ]
        assert [part["text"]["value"] for part in message["content"]] == [
            part["text"]["value"] for part in parts
        ]


def test_trap_16_no_event_has_error_at_its_top(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply("Once upon", DROP)
    events = [*run_events(http, assistant), *run_events(http, assistant)]
    assert {"thread.run.failed", "thread.run.completed"} <= {*names(events)}
    assert all("error" not in event.data for event in events if event.name != "done")


def test_trap_17_an_error_event_has_both_shapes(
    http: Http, assistant: str, monkeypatch: pytest.MonkeyPatch
):
    async def follow(*_: object, **__: object):
        yield []
        raise RuntimeError("The bus broke.")

    monkeypatch.setattr(Follower, "follow", follow)
    error, done = run_events(http, assistant)[-2:]
    assert names([error, done]) == ["error", "done"]
    flat = {key: value for key, value in error.data.items() if key != "error"}
    assert set(flat) == {"message", "type", "param", "code"}
    assert error.data["error"] == flat


def raw_stream(http: Http, assistant: str) -> bytes:
    """What goes over the wire for a streamed run."""
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{new_thread(http, 'Hello')}/runs", body) as stream:
        list(stream)
    return stream.raw


def test_trap_18_a_stream_has_no_comments_and_no_carriage_returns(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply("Hi\r\n", 0.3, " there")
    raw = raw_stream(http, assistant)
    assert b"\r" not in raw
    assert all(block.startswith(b"event: ") for block in raw.split(b"\n\n")[:-1])


def test_trap_19_the_data_of_an_event_is_one_compact_line(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply("one\ntwo\n\nthree")
    blocks = raw_stream(http, assistant).split(b"\n\n")[:-1]
    assert [len(block.split(b"\n")) for block in blocks] == [2] * len(blocks)
    assert not any(b'": ' in block or b', "' in block for block in blocks)


def test_trap_20_no_event_has_a_name_of_its_own(
    http: Http, scripted_model: ScriptedModel, called: list[Event]
):
    events = [*called, *submit_events(http, called[-2].data), *cited_events(http, scripted_model)]
    assert {*names(events)} <= KNOWN_EVENTS


def test_trap_21_a_stream_ends_with_done(http: Http, scripted_model: ScriptedModel, assistant: str):
    assert raw_stream(http, assistant).endswith(b"\n\nevent: done\ndata: [DONE]\n\n")
    scripted_model.fail(500)
    assert raw_stream(http, assistant).endswith(b"\n\nevent: done\ndata: [DONE]\n\n")


def test_trap_22_a_model_that_fails_fails_the_run_and_not_the_call(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.fail(500, "Boom.")
    answer = http.post(f"/threads/{new_thread(http, 'Hello')}/runs", {"assistant_id": assistant})
    assert (answer.status, answer.json["status"]) == (200, "queued")
    run = finish(http, answer.json)
    assert (run["status"], run["last_error"]["code"]) == ("failed", "server_error")
    assert "Boom." in run["last_error"]["message"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 429, 500, 503])
def test_trap_23_the_code_of_a_last_error_is_one_of_three(
    http: Http, scripted_model: ScriptedModel, assistant: str, status: int
):
    scripted_model.fail(status, code="context_length_exceeded")
    run = finish(http, new_run(http, new_thread(http, "Hello"), assistant))
    assert run["status"] == "failed"
    codes = {"server_error", "rate_limit_exceeded", "invalid_prompt"}
    assert run["last_error"]["code"] in codes


def test_trap_49_who_hangs_up_finds_the_run_completed_later(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply("Hi", gate := Gate(), " there")
    thread = new_thread(http, "Hello")
    with http.stream(
        f"/threads/{thread}/runs", {"assistant_id": assistant, "stream": True}
    ) as stream:
        run = stream.until(DELTA)[0].data
    gate.open()
    assert reach(http, run, "completed")["status"] == "completed"
    assert texts(http, thread) == ["Hello", "Hi there"]


def test_trap_50_text_beyond_ascii_goes_out_as_it_is(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply("【日本】† é🧪")
    raw = raw_stream(http, assistant)
    assert "【日本】† é🧪".encode() in raw
    assert b"\\u" not in raw
