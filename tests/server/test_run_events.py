"""The events of a run from any of them on: live and again, for many watchers, numbered only for those who ask."""

from __future__ import annotations

import threading
from collections.abc import Iterable
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
from tests.support.server_process import StartProcess
from threadkeep.engine import event_log

NUMBERED = {"Threadkeep-Events": "numbered"}


@pytest.fixture
def assistant(http: Http) -> str:
    return new_assistant(http, tools=[WEATHER])


def events_of(run: dict[str, Any]) -> str:
    return f"{path_of(run)}/events"


def names(events: Iterable[Event]) -> list[str]:
    return [event.name for event in events]


def ids(events: Iterable[Event]) -> list[str]:
    return [event.id for event in events if event.id is not None]


def positions(events: Iterable[Event]) -> list[tuple[int, ...]]:
    return [tuple(map(int, id_.split("."))) for id_ in ids(events)]


def outputs_for(run: dict[str, Any]) -> dict[str, Any]:
    calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    return {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"} for call in calls]}


def said(events: Iterable[Event]) -> str:
    return "".join(
        part["text"]["value"]
        for event in events
        if event.name == "thread.message.delta"
        for part in event.data["delta"]["content"]
    )


def ended(events: Iterable[Event]) -> dict[str, Any]:
    """The parts that are over, by id."""
    kinds = ("thread.message.", "thread.run.step.")
    open_states = ("created", "in_progress", "delta")
    return {
        event.data["id"]: event.data
        for event in events
        if event.name.startswith(kinds) and not event.name.endswith(open_states)
    }


# Numbers -----------------------------------------------------------------------------------------


def test_a_stream_has_ids_only_if_they_are_asked_for(http: Http, assistant: str):
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{new_thread(http, 'Hello')}/runs", body) as stream:
        plain = list(stream)
        assert b"id: " not in stream.raw
        assert b"\nid" not in stream.raw
    numbered = http.events(f"/threads/{new_thread(http, 'Hello')}/runs", body, **NUMBERED)

    assert names(numbered) == names(plain)
    count = len(plain) - 3
    assert ids(numbered) == ["0.1", "0.2", *(f"1.{number}" for number in range(count))]
    assert numbered[-1] == Event("done", "[DONE]")


def test_the_creation_of_the_thread_has_the_first_number(http: Http, assistant: str):
    body = {"assistant_id": assistant, "thread": {"messages": [{"role": "user", "content": "Hi"}]}}
    events = http.events("/threads/runs", body, **NUMBERED)
    assert [(event.name, event.id) for event in events[:4]] == [
        ("thread.created", "0.0"),
        ("thread.run.created", "0.1"),
        ("thread.run.queued", "0.2"),
        ("thread.run.in_progress", "1.0"),
    ]


def test_submitted_outputs_begin_new_numbers(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    thread = new_thread(http, "Hello")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant}, **NUMBERED)
    run = events[-2].data
    path = f"{path_of(run)}/submit_tool_outputs"
    resumed = http.events(path, outputs_for(run), **NUMBERED)

    assert ids(resumed)[:4] == ["2.0", "2.1", "3.0", "3.1"]
    whole = http.watched(events_of(run))
    assert ids(whole)[:2] == ids(events)[:2]
    assert names(whole).count("thread.run.restarted") == 0
    assert ids(whole)[-len(resumed) + 1 :] == ids(resumed)
    assert whole[-len(resumed) + 2 :] == resumed[2:]


def test_a_repeated_request_gets_the_same_numbers(http: Http, assistant: str):
    thread = new_thread(http, "Hello")
    path, body = f"/threads/{thread}/runs", {"assistant_id": assistant}
    first = http.events(path, body, Idempotency_Key="key", **NUMBERED)
    assert http.events(path, body, Idempotency_Key="key", **NUMBERED) == first
    plain = http.events(path, body, Idempotency_Key="key")
    assert [(event.name, event.data) for event in first] == [(e.name, e.data) for e in plain]


# Watching ----------------------------------------------------------------------------------------


def test_many_watch_one_run(http: Http, scripted_model: ScriptedModel, assistant: str):
    gate = Gate()
    scripted_model.reply("One", gate, " two")
    thread = new_thread(http, "Hello")
    body = {"assistant_id": assistant, "stream": True}
    seen: dict[int, list[Event]] = {}

    def watch(number: int, run: dict[str, Any]) -> None:
        seen[number] = http.watched(events_of(run))

    with http.stream(f"/threads/{thread}/runs", body, **NUMBERED) as stream:
        first = stream.until("thread.message.delta")
        watchers = [threading.Thread(target=watch, args=(n, first[0].data)) for n in range(5)]
        for watcher in watchers:
            watcher.start()
        gate.open()
        whole = [*first, *stream]
        for watcher in watchers:
            watcher.join()
    for number in range(5):
        assert ids(seen[number]) == ids(whole)
        assert seen[number][2:] == whole[2:]


def test_a_watcher_goes_on_after_any_event(http: Http, assistant: str):
    thread = new_thread(http, "Hello")
    whole = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant}, **NUMBERED)
    run = whole[0].data
    for index, event in list(enumerate(whole[:-1]))[1:]:
        assert http.watched(events_of(run), Last_Event_ID=event.id) == whole[index + 1 :]
        assert http.watched(f"{events_of(run)}?after={event.id}") == whole[index + 1 :]


def test_what_was_forgotten_is_told_from_the_records(
    http: Http, scripted_model: ScriptedModel, assistant: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(event_log, "KEPT_SECONDS", 0)
    scripted_model.reply("One", " two", " three")
    thread = new_thread(http, "Hello")
    whole = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant}, **NUMBERED)
    run = whole[0].data

    again = http.watched(events_of(run))
    assert said(again) == "One two three"
    assert names(again).count("thread.message.delta") == 1
    assert [e for e in again if not e.name.endswith("delta")][-4:] == whole[-4:]
    for index, event in enumerate(whole[:-1]):
        rest = http.watched(events_of(run), Last_Event_ID=event.id)
        assert positions(rest) == sorted({p for p in positions(rest) if p > positions([event])[0]})
        told = said([*whole[: index + 1], *rest])
        assert told == "One two three" or 0 < len(said(whole[: index + 1])) < len("One two three")
        assert ended([*whole[: index + 1], *rest]) == ended(whole)


def test_a_watcher_stays_while_the_run_waits_for_outputs(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    scripted_model.reply("It rains.")
    run = new_run(http, new_thread(http, "Hello"), assistant)
    with http.watch(events_of(run)) as stream:
        waiting = stream.until("thread.run.requires_action")[-1].data
        http.ok("POST", f"{path_of(run)}/submit_tool_outputs", outputs_for(waiting))
        rest = list(stream)
    assert names(rest)[:3] == [
        "thread.run.step.completed",
        "thread.run.queued",
        "thread.run.in_progress",
    ]
    assert names(rest)[-2:] == ["thread.run.completed", "done"]
    assert said(rest) == "It rains."
    assert positions(rest) == sorted(positions(rest))


def test_a_watcher_can_leave_when_the_run_waits_for_outputs(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    run = reach(http, new_run(http, new_thread(http, "Hello"), assistant), "requires_action")
    events = http.watched(f"{events_of(run)}?until=requires_action")
    assert names(events)[-2:] == ["thread.run.requires_action", "done"]
    last = events[-2].id
    assert names(http.watched(f"{events_of(run)}?until=requires_action&after={last}")) == ["done"]

    finish(http, http.ok("POST", f"{path_of(run)}/submit_tool_outputs", outputs_for(run)))
    again = http.watched(f"{events_of(run)}?until=requires_action")
    assert names(again) == [*names(http.watched(events_of(run)))[: len(again) - 1], "done"]
    assert [e.data["required_action"] for e in again[-2:-1]] == [run["required_action"]]


def test_a_run_that_is_cancelled_while_it_waits_is_told_to_the_end(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    run = reach(http, new_run(http, new_thread(http, "Hello"), assistant), "requires_action")
    with http.watch(events_of(run)) as stream:
        stream.until("thread.run.requires_action")
        http.ok("POST", f"{path_of(run)}/cancel")
        rest = list(stream)
    assert names(rest) == [
        "thread.run.cancelling",
        "thread.run.step.cancelled",
        "thread.run.cancelled",
        "done",
    ]
    assert rest[1].data == steps_of(http, run)[0]


def test_a_watcher_who_has_seen_the_end_is_told_that_nothing_follows(http: Http, assistant: str):
    run = finish(http, new_run(http, new_thread(http, "Hello"), assistant))
    last = http.watched(events_of(run))[-2].id
    for seen in (last, "1.999", "7.0"):
        assert names(http.watched(events_of(run), Last_Event_ID=seen)) == ["done"]
        assert http.ok("GET", f"{events_of(run)}?after={seen}")["data"] == []


# Pages -------------------------------------------------------------------------------------------


def test_events_come_in_pages(http: Http, scripted_model: ScriptedModel, assistant: str):
    scripted_model.reply("One", " two")
    run = finish(http, new_run(http, new_thread(http, "Hello"), assistant))
    streamed = http.watched(events_of(run))[:-1]

    whole = http.ok("GET", events_of(run))
    assert whole["object"] == "list"
    assert [(e["event"], e["data"], e["id"]) for e in whole["data"]] == [
        (event.name, event.data, event.id) for event in streamed
    ]
    assert (whole["first_id"], whole["last_id"]) == (streamed[0].id, streamed[-1].id)
    assert whole["has_more"] is False

    pages, after = [], "0.0"
    while True:
        page = http.ok("GET", f"{events_of(run)}?limit=3&after={after}")
        pages += page["data"]
        if not page["has_more"]:
            break
        after = page["last_id"]
    assert pages == whole["data"]
    assert http.ok("GET", f"{events_of(run)}?after={whole['last_id']}") == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_a_page_holds_what_is_there_by_now(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    gate = Gate()
    scripted_model.reply("One", gate, " two")
    run = new_run(http, new_thread(http, "Hello"), assistant)
    with http.watch(events_of(run)) as stream:
        seen = stream.until("thread.message.delta")
    page = http.ok("GET", events_of(run))
    assert [event["id"] for event in page["data"]] == ids(seen)
    gate.open()


def test_the_parameter_decides_against_the_header(http: Http, assistant: str):
    run = finish(http, new_run(http, new_thread(http, "Hello"), assistant))
    assert names(http.watched(f"{events_of(run)}?stream=true", Accept="*/*"))[-1] == "done"
    page = http.send("GET", f"{events_of(run)}?stream=false", Accept="text/event-stream")
    assert page.json["object"] == "list"
    assert http.send("HEAD", events_of(run), Accept="text/event-stream").body == b""


@pytest.mark.parametrize("text", ["x", "1", "1.", "-1.0", "1.0.0", "1.x", "msg_1"])
def test_a_position_of_another_form_is_refused(http: Http, assistant: str, text: str):
    run = finish(http, new_run(http, new_thread(http, "Hello"), assistant))
    for answer, param in (
        (http.get(f"{events_of(run)}?after={text}"), "after"),
        (http.send("GET", events_of(run), Last_Event_ID=text), "Last-Event-ID"),
    ):
        assert answer.status == 400
        assert (answer.error["param"], answer.error["code"]) == (param, "invalid_value")
        assert answer.error["message"].startswith(f"Invalid '{param}': string does not match")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "until=done", "stream=yes"])
def test_a_query_that_makes_no_sense_is_refused(http: Http, assistant: str, query: str):
    run = new_run(http, new_thread(http, "Hello"), assistant)
    answer = http.get(f"{events_of(run)}?{query}")
    assert (answer.status, answer.error["param"]) == (400, query.split("=", maxsplit=1)[0])


def test_there_must_be_such_a_run(http: Http):
    thread = new_thread(http)
    missing = http.get(f"/threads/{thread}/runs/run_1/events")
    assert (missing.status, missing.error["message"]) == (404, "No run found with id 'run_1'.")
    streamed = http.send("GET", "/threads/thread_1/runs/run_1/events", Accept="text/event-stream")
    assert streamed.error["message"] == "No thread found with id 'thread_1'."


# Crashes -----------------------------------------------------------------------------------------


def test_a_watcher_goes_on_after_everything_was_restarted(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    scripted_model.call_functions(("get_weather", "{}"), text=("Let me see.",))
    scripted_model.reply("It", " rains.")
    first = start_process()
    run = new_run(
        first.http, new_thread(first.http, "Hello"), new_assistant(first.http, tools=[WEATHER])
    )
    run = reach(first.http, run, "requires_action")
    first.http.ok("POST", f"{path_of(run)}/submit_tool_outputs", outputs_for(run))
    whole = first.http.watched(events_of(run))
    first.kill()

    http = start_process().http
    for index, event in enumerate(whole[:-1]):
        seen = whole[: index + 1]
        rest = http.watched(events_of(run), Last_Event_ID=event.id)
        assert ended([*seen, *rest]) == ended(whole)
        assert [*seen, *rest][-2:] == whole[-2:]
        assert positions([*seen, *rest]) == sorted(set(positions([*seen, *rest])))
    assert said(http.watched(events_of(run))) == "Let me see.It rains."


def test_a_watcher_is_told_that_the_run_began_anew(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    gate = Gate()
    scripted_model.reply("Old", gate, " words")
    scripted_model.reply("New words")
    first = start_process()
    assistant, thread = new_assistant(first.http), new_thread(first.http, "Hello")
    body = {"assistant_id": assistant, "stream": True}
    with first.http.stream(f"/threads/{thread}/runs", body, **NUMBERED) as stream:
        seen = stream.until("thread.message.delta")
        first.kill()
    run = seen[0].data

    http = start_process().http
    rest = http.watched(events_of(run), Last_Event_ID=seen[-1].id)
    assert rest[0].name == "thread.run.restarted"
    assert rest[0].data == {"id": run["id"], "object": "thread.run.restart", "epoch": 2}
    assert rest[0].id == "2.0"
    assert said(rest) == "New words"
    assert names(rest)[-2:] == ["thread.run.completed", "done"]
    begun = [event.data["id"] for event in seen if event.name == "thread.message.created"]
    assert not ended(rest).keys() & set(begun)
    assert texts(http, thread) == ["Hello", "New words"]
    gate.open()


def test_who_watches_a_run_that_waits_does_not_hold_up_a_server_that_stops(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    scripted_model.call_functions(("get_weather", "{}"))
    first = start_process(drain_seconds=300)
    assistant, thread = new_assistant(first.http, tools=[WEATHER]), new_thread(first.http, "Hello")
    run = new_run(first.http, thread, assistant)
    with first.http.watch(events_of(run)) as stream:
        seen = stream.until("thread.run.requires_action")
        first.begin_to_stop()
        assert list(stream) == []  # not even `done`: it is to go on elsewhere
    assert first.stop() == 0

    http = start_process().http
    http.ok("POST", f"{path_of(run)}/submit_tool_outputs", outputs_for(seen[-1].data))
    rest = http.watched(events_of(run), Last_Event_ID=seen[-1].id)
    assert names(rest)[0] == "thread.run.step.completed"
    assert names(rest)[-2:] == ["thread.run.completed", "done"]


# Waiting -----------------------------------------------------------------------------------------


def test_a_run_can_be_waited_for(http: Http, scripted_model: ScriptedModel, assistant: str):
    gate = Gate()
    scripted_model.reply("One", gate, " two")
    run = new_run(http, new_thread(http, "Hello"), assistant)
    gate.wait_reached()
    assert http.ok("GET", f"{path_of(run)}?wait=0.05")["status"] == "in_progress"
    threading.Timer(0.05, gate.open).start()
    assert http.ok("GET", f"{path_of(run)}?wait=20")["status"] == "completed"
    assert http.ok("GET", f"{path_of(run)}?wait=60")["status"] == "completed"


def test_waiting_ends_when_the_run_waits_for_the_caller(
    http: Http, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"))
    run = new_run(http, new_thread(http, "Hello"), assistant)
    waiting = http.ok("GET", f"{path_of(run)}?wait=20")
    assert waiting["status"] == "requires_action"
    path = f"{path_of(run)}/submit_tool_outputs"
    queued = http.ok("POST", path, outputs_for(waiting))
    assert http.ok("GET", f"{path_of(queued)}?wait=20")["status"] == "completed"


@pytest.mark.parametrize(
    ("wait", "code"),
    [("61", "decimal_above_max_value"), ("-1", "decimal_below_min_value"), ("x", "invalid_type")],
)
def test_how_long_to_wait_has_bounds(http: Http, assistant: str, wait: str, code: str):
    run = new_run(http, new_thread(http, "Hello"), assistant)
    answer = http.get(f"{path_of(run)}?wait={wait}")
    assert (answer.status, answer.error["param"], answer.error["code"]) == (400, "wait", code)
