"""Runs of models that do not know when to search: their route has the files searched before they are asked."""

from __future__ import annotations

import pytest

from tests.support.conversation import WEATHER, finish, new_assistant, new_run, new_thread, steps_of
from tests.support.http import Http
from tests.support.scripted_model import ScriptedModel
from tests.support.searching import INCLUDED, new_store_of

FOODS = "My favourite food is pizza."
MARK = "【0:0†foods.txt】"


@pytest.fixture
def http(start_server) -> Http:
    return start_server(searches="first").http


@pytest.fixture
def resources(http: Http) -> dict[str, object]:
    return {"file_search": {"vector_store_ids": [new_store_of(http, foods_txt=FOODS)]}}


def test_what_was_found_is_in_the_answer_and_cited(
    http: Http, scripted_model: ScriptedModel, resources: dict[str, object]
):
    scripted_model.reply("Pizza ", MARK, ".", usage=(20, 6))
    assistant = new_assistant(http, tools=[{"type": "file_search"}], tool_resources=resources)
    thread = new_thread(http, "What is my favourite food?")

    events = http.events(f"/threads/{thread}/runs?{INCLUDED}", {"assistant_id": assistant})

    names = [event.name for event in events]
    assert names[3:7] == [
        *("thread.run.step.created", "thread.run.step.in_progress"),
        *("thread.run.step.delta", "thread.run.step.completed"),
    ]
    [call] = events[6].data["step_details"]["tool_calls"]
    assert call["file_search"]["results"][0]["content"] == [{"type": "text", "text": FOODS}]
    message = next(event.data for event in events if event.name == "thread.message.completed")
    text = message["content"][0]["text"]
    assert text["value"] == f"Pizza {MARK}."
    assert [each["file_citation"]["quote"] for each in text["annotations"]] == [FOODS]
    assert events[-2].data["usage"]["total_tokens"] == 26
    [request] = scripted_model.chat_requests
    assert "tools" not in request.body
    assert f"{MARK}\n{FOODS}" in request.body["messages"][-1]["content"]


def test_each_question_of_a_thread_is_searched_for(
    http: Http, scripted_model: ScriptedModel, resources: dict[str, object]
):
    assistant = new_assistant(
        http, tools=[{"type": "file_search"}, WEATHER], tool_resources=resources
    )
    thread = new_thread(http, "What is my favourite food?")
    first = finish(http, new_run(http, thread, assistant))
    http.ok("POST", f"/threads/{thread}/messages", {"role": "user", "content": "And drink?"})
    second = finish(http, new_run(http, thread, assistant))

    assert (first["status"], second["status"]) == ("completed", "completed")
    for run in (first, second):
        assert [step["type"] for step in steps_of(http, run)] == ["tool_calls", "message_creation"]
    offered = [request.body["tools"] for request in scripted_model.chat_requests]
    assert [[tool["function"]["name"] for tool in tools] for tools in offered] == [
        ["get_weather"]
    ] * 2
