"""A run that searches files, event by event (contract §7.3 D), and what its steps show of what was found."""

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
    steps_of,
)
from tests.support.http import Event, Http
from tests.support.scripted_model import ScriptedModel
from tests.support.searching import CONTENT, INCLUDED, new_store_of
from threadkeep.types.ids import STEP

TEXT = "My favourite food is pizza."
MARK = "【0:0†foods.txt】"
SEARCH = ("file_search", '{"queries":["favourite food"]}')


@pytest.fixture
def assistant(http: Http) -> str:
    store = new_store_of(http, foods_txt=TEXT)
    resources = {"file_search": {"vector_store_ids": [store]}}
    return new_assistant(http, tools=[{"type": "file_search"}, WEATHER], tool_resources=resources)


@pytest.fixture
def thread(http: Http) -> str:
    return new_thread(http, "What do I like?")


@pytest.fixture(autouse=True)
def searching_model(scripted_model: ScriptedModel) -> None:
    scripted_model.call_functions(SEARCH, usage=(10, 4))
    scripted_model.reply("Ä🧪 pizza ", MARK, ".", usage=(20, 6))


def run_events(http: Http, thread: str, assistant: str, query: str = "") -> list[Event]:
    return http.events(f"/threads/{thread}/runs{query}", {"assistant_id": assistant})


def data_of(events: list[Event], name: str) -> list[Any]:
    return [event.data for event in events if event.name == name]


def results_of(step: dict[str, Any]) -> list[dict[str, Any]]:
    [call] = step["step_details"]["tool_calls"]
    return call["file_search"]["results"]


def test_the_order_of_events(http: Http, thread: str, assistant: str):
    events = run_events(http, thread, assistant)
    deltas = len(data_of(events, "thread.message.delta"))
    assert [event.name for event in events] == [
        *("thread.run.created", "thread.run.queued", "thread.run.in_progress"),
        *("thread.run.step.created", "thread.run.step.in_progress"),
        *("thread.run.step.delta", "thread.run.step.completed"),
        *("thread.run.step.created", "thread.run.step.in_progress"),
        *("thread.message.created", "thread.message.in_progress"),
        *["thread.message.delta"] * deltas,
        *("thread.message.completed", "thread.run.step.completed"),
        *("thread.run.completed", "done"),
    ]
    opened = events[3].data
    assert (opened["type"], opened["step_details"]) == (
        "tool_calls",
        {"type": "tool_calls", "tool_calls": []},
    )
    ranking = {"ranker": "default_2024_08_21", "score_threshold": 0.0}
    [delta] = data_of(events, "thread.run.step.delta")
    [call] = delta["delta"]["step_details"]["tool_calls"]
    assert call == {
        "index": 0,
        "id": call["id"],
        "type": "file_search",
        "file_search": {"ranking_options": ranking, "results": []},
    }
    completed, _ = data_of(events, "thread.run.step.completed")
    assert completed["step_details"]["tool_calls"][0]["id"] == call["id"]
    assert completed["usage"]["total_tokens"] == 14
    [result] = results_of(completed)
    assert list(result) == ["file_id", "file_name", "score", "attributes"]
    assert (result["file_name"], result["attributes"]) == ("foods.txt", {})
    assert 0 <= result["score"] <= 1
    [run] = data_of(events, "thread.run.completed")
    assert (run["usage"]["total_tokens"], run["tool_resources"]) == (40, {})


def test_a_citation_comes_in_one_delta_and_counts_code_points(
    http: Http, thread: str, assistant: str
):
    events = run_events(http, thread, assistant)
    texts = [d["delta"]["content"][0]["text"] for d in data_of(events, "thread.message.delta")]
    [cited] = [text for text in texts if text.get("annotations")]
    [annotation] = cited["annotations"]
    assert cited["value"] == MARK
    [message] = data_of(events, "thread.message.completed")
    text = message["content"][0]["text"]
    assert text["value"] == f"Ä🧪 pizza {MARK}."
    [final] = text["annotations"]
    [searched, _] = data_of(events, "thread.run.step.completed")
    result = {key: results_of(searched)[0][key] for key in ("file_id", "score")}
    assert final == {
        "type": "file_citation",
        "text": MARK,
        "start_index": 9,
        "end_index": 9 + len(MARK),
        "file_citation": {**result, "quote": TEXT},
    }
    assert text["value"][final["start_index"] : final["end_index"]] == MARK
    assert annotation == {"index": 0, **final}
    assert texts[0]["annotations"] == []
    assert all("annotations" not in text for text in texts[1:] if text is not cited)


@pytest.mark.parametrize(
    "query",
    [f"?{INCLUDED}", f"?include={CONTENT}", f"?include[]={CONTENT},{CONTENT}&api-version=v1"],
)
def test_the_text_that_was_found_is_there_for_those_who_ask(
    http: Http, thread: str, assistant: str, query: str
):
    events = run_events(http, thread, assistant, query)
    completed, _ = data_of(events, "thread.run.step.completed")
    assert results_of(completed)[0]["content"] == [{"type": "text", "text": TEXT}]
    [run] = data_of(events, "thread.run.completed")
    path = f"{path_of(run)}/steps"
    shown = [
        http.ok("GET", f"{path}{query}")["data"][-1],
        http.ok("GET", f"{path}/{completed['id']}{query}"),
    ]
    assert shown == [completed, completed]
    hidden = [http.ok("GET", path)["data"][-1], http.ok("GET", f"{path}/{completed['id']}")]
    assert all("content" not in results_of(step)[0] for step in hidden)
    assert all(results_of(step)[0]["file_name"] == "foods.txt" for step in hidden)


def test_what_was_searched_for_is_shown_to_nobody(http: Http, thread: str, assistant: str):
    events = run_events(http, thread, assistant, f"?{INCLUDED}")
    [run] = data_of(events, "thread.run.completed")
    answers = [http.get(f"{path_of(run)}/steps?{INCLUDED}").body]
    answers += [str(event.data).encode() for event in events if STEP in str(event.data)]
    assert all(b"queries" not in answer for answer in answers)


def test_what_cannot_be_included_is_refused_before_there_is_a_run(
    http: Http, thread: str, assistant: str
):
    for stream in (False, True):
        body = {"assistant_id": assistant, "stream": stream}
        answer = http.post(f"/threads/{thread}/runs?include[]=everything", body)
        assert (answer.status, answer.error["param"]) == (400, "include[0]")
    assert http.ok("GET", f"/threads/{thread}/runs")["data"] == []


def test_a_turn_that_searches_and_calls_a_function_waits_for_the_function(
    http: Http, scripted_model: ScriptedModel, thread: str, assistant: str
):
    finish(http, new_run(http, thread, assistant))
    http.ok("POST", f"/threads/{thread}/messages", {"role": "user", "content": "And outside?"})
    scripted_model.call_functions(SEARCH, ("get_weather", '{"city":"Oslo"}'))
    events = run_events(http, thread, assistant)
    assert [event.name for event in events][-2:] == ["thread.run.requires_action", "done"]
    run = events[-2].data
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert call["function"]["name"] == "get_weather"
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"}]}
    path = f"{path_of(run)}/submit_tool_outputs"
    resumed = http.events(f"{path}?{INCLUDED}", outputs)
    step = resumed[0].data
    assert (resumed[0].name, step["status"]) == ("thread.run.step.completed", "completed")
    search, function = step["step_details"]["tool_calls"]
    assert search["file_search"]["results"][0]["content"][0]["text"] == TEXT
    assert function["function"]["output"] == "rain"
    assert (
        "content"
        not in steps_of(http, run)[0]["step_details"]["tool_calls"][0]["file_search"]["results"][0]
    )
    assert resumed[-2].name == "thread.run.completed"
