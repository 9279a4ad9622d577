"""Two keys of two projects never see each other's objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.conversation import WEATHER, new_assistant, new_run, new_thread, reach, steps_of
from tests.support.http import Http
from tests.support.running_server import RunningServer, StartServer
from tests.support.scripted_model import ScriptedModel


@pytest.fixture
def server(start_server: StartServer) -> RunningServer:
    return start_server(keys={"sk-a": "alpha", "sk-a-too": "alpha", "sk-b": "beta"})


@pytest.fixture
def alpha(server: RunningServer) -> Http:
    return Http(server.base_url, "sk-a")


@pytest.fixture
def beta(server: RunningServer) -> Http:
    return Http(server.base_url, "sk-b")


@pytest.fixture
def ids(alpha: Http, scripted_model: ScriptedModel) -> dict[str, str]:
    """A waiting run of alpha with all that belongs to it."""
    scripted_model.call_functions(("get_weather", "{}"), text=("Let me see.",))
    assistant = new_assistant(alpha, tools=[WEATHER])
    thread = new_thread(alpha, "How is the weather?")
    run = reach(alpha, new_run(alpha, thread, assistant), "requires_action")
    message = alpha.ok("GET", f"/threads/{thread}/messages")["data"][0]["id"]
    step = steps_of(alpha, run)[0]["id"]
    return {
        "assistant": assistant,
        "thread": thread,
        "run": run["id"],
        "message": message,
        "step": step,
    }


OBJECTS = {
    "assistant": "/assistants/{assistant}",
    "thread": "/threads/{thread}",
    "message": "/threads/{thread}/messages/{message}",
    "run": "/threads/{thread}/runs/{run}",
    "run step": "/threads/{thread}/runs/{run}/steps/{step}",
}
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/assistants/{assistant}", None),
    ("POST", "/assistants/{assistant}", {"name": "mine"}),
    ("DELETE", "/assistants/{assistant}", None),
    ("GET", "/threads/{thread}", None),
    ("POST", "/threads/{thread}", {"metadata": {"owner": "beta"}}),
    ("DELETE", "/threads/{thread}", None),
    ("GET", "/threads/{thread}/messages", None),
    ("POST", "/threads/{thread}/messages", {"role": "user", "content": "mine"}),
    ("GET", "/threads/{thread}/messages/{message}", None),
    ("POST", "/threads/{thread}/messages/{message}", {"metadata": {"owner": "beta"}}),
    ("DELETE", "/threads/{thread}/messages/{message}", None),
    ("GET", "/threads/{thread}/runs", None),
    ("POST", "/threads/{thread}/runs", {"assistant_id": "{own}"}),
    ("POST", "/threads/runs", {"assistant_id": "{assistant}"}),
    ("GET", "/threads/{thread}/runs/{run}", None),
    ("POST", "/threads/{thread}/runs/{run}", {"metadata": {"owner": "beta"}}),
    ("POST", "/threads/{thread}/runs/{run}/cancel", None),
    ("POST", "/threads/{thread}/runs/{run}/submit_tool_outputs", {"tool_outputs": []}),
    ("DELETE", "/threads/{thread}/runs/{run}", None),
    ("GET", "/threads/{thread}/runs/{run}/steps", None),
    ("GET", "/threads/{thread}/runs/{run}/steps/{step}", None),
]


def snapshot(http: Http, ids: dict[str, str]) -> list[Any]:
    return [http.ok("GET", path.format(**ids)) for path in OBJECTS.values()]


def test_what_another_project_owns_is_not_there(alpha: Http, beta: Http, ids):
    own = new_assistant(beta)
    before = snapshot(alpha, ids)
    for method, path, template in CALLS:
        body = {**template} if template else None
        if body and "assistant_id" in body:
            body["assistant_id"] = body["assistant_id"].format(own=own, **ids)
        answer = beta.send(method, path.format(**ids), body)
        noun = "assistant" if "assistant" in path or path == "/threads/runs" else "thread"
        assert answer.status == 404, (method, path, answer.body)
        assert answer.error["message"] == f"No {noun} found with id '{ids[noun]}'."
    assert snapshot(alpha, ids) == before


def test_ids_of_another_project_do_not_help_below_an_own_thread(beta: Http, ids):
    own = new_thread(beta, "Hi")
    for path in (
        f"/threads/{own}/messages/{ids['message']}",
        f"/threads/{own}/runs/{ids['run']}",
        f"/threads/{own}/runs/{ids['run']}/steps/{ids['step']}",
    ):
        assert beta.get(path).status == 404


def test_lists_hold_only_what_is_own(alpha: Http, beta: Http, ids):
    own = new_assistant(beta)
    assert [a["id"] for a in beta.ok("GET", "/assistants")["data"]] == [own]
    assert [a["id"] for a in alpha.ok("GET", "/assistants")["data"]] == [ids["assistant"]]
    assert beta.ok("GET", "/threads")["data"] == []
    assert [t["id"] for t in alpha.ok("GET", "/threads")["data"]] == [ids["thread"]]


def test_cursors_of_another_project_are_not_there(beta: Http, ids):
    own = new_thread(beta, "Hi")
    lists = {
        "/assistants": "assistant",
        "/threads": "thread",
        f"/threads/{own}/messages": "message",
    }
    for path, noun in lists.items():
        for name in ("after", "before"):
            answer = beta.get(f"{path}?{name}={ids[noun]}")
            assert answer.status == 404
            assert answer.error["message"] == f"No {noun} found with id '{ids[noun]}'."


def test_a_run_id_of_another_project_selects_nothing(beta: Http, ids):
    own = new_thread(beta, "Hi")
    assert beta.ok("GET", f"/threads/{own}/messages?run_id={ids['run']}")["data"] == []


def test_two_keys_of_one_project_see_the_same(server: RunningServer, alpha: Http, ids):
    too = Http(server.base_url, "sk-a-too")
    assert snapshot(too, ids) == snapshot(alpha, ids)
