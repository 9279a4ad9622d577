"""Every answer and every event is what the published schema of the API says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.conversation import (
    WEATHER,
    new_assistant,
    new_thread,
    path_of,
    reach,
    steps_of,
)
from tests.support.http import Event, Http
from tests.support.json_schema import Schemas
from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel

OBJECTS = {
    "thread": "ThreadObject",
    "thread.run": "RunObject",
    "thread.run.step": "RunStepObject",
    "thread.message": "MessageObject",
}


@pytest.fixture
def schemas(running_server: RunningServer) -> Schemas:
    document = Http(running_server.url).ok("GET", "/openapi.json")
    return Schemas(document)


def check_events(schemas: Schemas, events: list[Event]) -> None:
    for event in events:
        body = {"event": event.name, "data": event.data}
        schemas.check_object("AssistantStreamEvent", body)
        if event.name != "done" and event.data["object"] in OBJECTS:
            schemas.check_keys(OBJECTS[event.data["object"]], event.data)


def converse(http: Http, model: ScriptedModel, schemas: Schemas) -> dict[str, str]:
    """A conversation with a function call; the ids of everything in it."""
    model.call_functions(("get_weather", '{"city":"Oslo"}'), text=("Let me see.",))
    model.reply("It rains.")
    assistant = new_assistant(http, name="Ann", tools=[WEATHER, {"type": "file_search"}])
    thread = new_thread(http, "How is the weather?")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})
    check_events(schemas, events)
    run = events[-2].data
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"}]}
    check_events(schemas, http.events(f"{path_of(run)}/submit_tool_outputs", outputs))
    message = http.ok("GET", f"/threads/{thread}/messages")["data"][0]["id"]
    return {
        "assistant_id": assistant,
        "thread_id": thread,
        "run_id": run["id"],
        "message_id": message,
        "step_id": steps_of(http, run)[0]["id"],
        "model": "scripted-model",
    }


CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/assistants", None),
    ("GET", "/assistants/{assistant_id}", None),
    ("POST", "/assistants/{assistant_id}", {"description": None, "metadata": {"a": "1"}}),
    ("GET", "/threads", None),
    ("GET", "/threads/{thread_id}", None),
    ("POST", "/threads/{thread_id}", {"metadata": {"a": "1"}}),
    ("GET", "/threads/{thread_id}/messages", None),
    ("POST", "/threads/{thread_id}/messages", {"role": "user", "content": "Thanks"}),
    ("GET", "/threads/{thread_id}/messages/{message_id}", None),
    ("POST", "/threads/{thread_id}/messages/{message_id}", {"metadata": {"a": "1"}}),
    ("GET", "/threads/{thread_id}/runs", None),
    ("GET", "/threads/{thread_id}/runs/{run_id}", None),
    ("POST", "/threads/{thread_id}/runs/{run_id}", {"metadata": {"a": "1"}}),
    ("GET", "/threads/{thread_id}/runs/{run_id}/steps", None),
    ("GET", "/threads/{thread_id}/runs/{run_id}/steps/{step_id}", None),
    ("GET", "/models", None),
    ("GET", "/models/{model}", None),
    ("DELETE", "/threads/{thread_id}/messages/{message_id}", None),
    ("DELETE", "/threads/{thread_id}/runs/{run_id}", None),
    ("DELETE", "/threads/{thread_id}", None),
    ("POST", "/threads", {"messages": [{"role": "user", "content": "Hi"}]}),
    ("DELETE", "/assistants/{assistant_id}", None),
    ("GET", "/assistants", None),
]


def test_every_answer_fits(http: Http, scripted_model: ScriptedModel, schemas: Schemas):
    ids = converse(http, scripted_model, schemas)
    for method, path, body in CALLS:
        answer = http.ok(method, path.format(**ids), body)
        schemas.check_answer(method, path, answer)
    run = http.ok("POST", "/threads/runs", thread_run(http))
    schemas.check_answer("POST", "/threads/runs", run)
    waiting = reach(http, run, "requires_action", "completed")
    schemas.check_object("RunObject", waiting)


def thread_run(http: Http) -> dict[str, Any]:
    assistant = http.ok("POST", "/assistants", {"model": "m", "tools": [WEATHER]})
    return {
        "assistant_id": assistant["id"],
        "thread": {"messages": [{"role": "user", "content": "Hi"}]},
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "response_format": {"type": "json_object"},
        "truncation_strategy": {"type": "last_messages", "last_messages": 1},
    }


def test_failed_and_cancelled_runs_fit(http: Http, scripted_model: ScriptedModel, schemas: Schemas):
    assistant = new_assistant(http, tools=[WEATHER])
    scripted_model.reply("Once", b"data: {not json\n\n")
    thread = new_thread(http, "Hi")
    check_events(schemas, http.events(f"/threads/{thread}/runs", {"assistant_id": assistant}))
    scripted_model.call_functions(("get_weather", "{}"))
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})
    run = events[-2].data
    answer = http.ok("POST", f"{path_of(run)}/cancel")
    schemas.check_answer("POST", "/threads/{thread_id}/runs/{run_id}/cancel", answer)
    schemas.check_object("RunObject", reach(http, run, "cancelled"))
    for step in steps_of(http, run):
        schemas.check_object("RunStepObject", step)


def test_errors_fit(http: Http, schemas: Schemas):
    answer = http.get("/threads/thread_none")
    schemas.check({"$ref": "#/components/schemas/ErrorResponse"}, answer.json)
