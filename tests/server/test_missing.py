"""What is not there: the outermost missing object is named, and an id of another kind is told as such."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.conversation import finish, new_assistant, new_run, new_thread
from tests.support.http import Http
from tests.support.running_server import StartServer
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.assistant import Assistant
from threadkeep.types.thread import Thread


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


NO_THREAD = "thread_000000000000000000000000"
NO_RUN = "run_000000000000000000000000"
NO_MESSAGE = "msg_000000000000000000000000"
NO_STEP = "step_000000000000000000000000"


@pytest.fixture
def ids(http: Http) -> dict[str, str]:
    thread = new_thread(http, "Hi")
    run = finish(http, new_run(http, thread, new_assistant(http)))
    return {"thread": thread, "run": run["id"]}


THREAD_CALLS = [
    ("GET", "/threads/{thread}"),
    ("POST", "/threads/{thread}"),
    ("DELETE", "/threads/{thread}"),
    ("GET", "/threads/{thread}/messages"),
    ("POST", "/threads/{thread}/messages"),
    ("GET", "/threads/{thread}/messages/{message}"),
    ("POST", "/threads/{thread}/messages/{message}"),
    ("DELETE", "/threads/{thread}/messages/{message}"),
    ("GET", "/threads/{thread}/runs"),
    ("POST", "/threads/{thread}/runs"),
]
RUN_CALLS = [
    ("GET", "/threads/{thread}/runs/{run}"),
    ("POST", "/threads/{thread}/runs/{run}"),
    ("DELETE", "/threads/{thread}/runs/{run}"),
    ("POST", "/threads/{thread}/runs/{run}/cancel"),
    ("POST", "/threads/{thread}/runs/{run}/submit_tool_outputs"),
    ("GET", "/threads/{thread}/runs/{run}/steps"),
    ("GET", "/threads/{thread}/runs/{run}/steps/{step}"),
]


def body_for(method: str, path: str) -> Any:
    if method != "POST":
        return None
    if path.endswith("/messages"):
        return {"role": "user", "content": "Hi"}
    if path.endswith("/runs"):
        return {"assistant_id": "asst_000000000000000000000000"}
    return {"tool_outputs": []} if path.endswith("outputs") else {}


def ask(http: Http, method: str, template: str, **ids: str) -> dict[str, Any]:
    path = template.format(**{"message": NO_MESSAGE, "step": NO_STEP, "run": NO_RUN, **ids})
    answer = http.send(method, path, body_for(method, template))
    return {"status": answer.status, **answer.error}


def not_found(noun: str, id: str) -> dict[str, Any]:
    return {
        "status": 404,
        "message": f"No {noun} found with id '{id}'.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def wrong_kind(param: str, id: str, prefix: str) -> dict[str, Any]:
    return {
        "status": 400,
        "message": f"Invalid '{param}': '{id}'. Expected an ID that begins with '{prefix}'.",
        "type": "invalid_request_error",
        "param": param,
        "code": "invalid_value",
    }


@pytest.mark.parametrize(("method", "path"), THREAD_CALLS + RUN_CALLS)
def test_a_missing_thread_is_told_first(http: Http, method, path):
    assert ask(http, method, path, thread=NO_THREAD) == not_found("thread", NO_THREAD)


@pytest.mark.parametrize(("method", "path"), THREAD_CALLS + RUN_CALLS)
def test_an_id_of_another_kind_in_place_of_a_thread(http: Http, method, path):
    expected = wrong_kind("thread_id", "undefined", "thread")
    assert ask(http, method, path, thread="undefined") == expected


@pytest.mark.parametrize(("method", "path"), RUN_CALLS)
def test_a_missing_run_is_told_next(http: Http, ids, method, path):
    assert ask(http, method, path, thread=ids["thread"]) == not_found("run", NO_RUN)
    expected = wrong_kind("run_id", ids["thread"], "run")
    assert ask(http, method, path, thread=ids["thread"], run=ids["thread"]) == expected


@pytest.mark.parametrize(("method", "path"), RUN_CALLS)
def test_a_run_of_another_thread_is_missing(http: Http, ids, method, path):
    other = new_thread(http)
    assert ask(http, method, path, thread=other, run=ids["run"]) == not_found("run", ids["run"])


def test_messages_and_steps_are_told_last(http: Http, ids):
    thread, run = ids["thread"], ids["run"]
    for method in ("GET", "POST", "DELETE"):
        answer = ask(http, method, "/threads/{thread}/messages/{message}", thread=thread)
        assert answer == not_found("message", NO_MESSAGE)
    step = "/threads/{thread}/runs/{run}/steps/{step}"
    assert ask(http, "GET", step, thread=thread, run=run) == not_found("run step", NO_STEP)
    expected = wrong_kind("step_id", "1", "step")
    assert ask(http, "GET", step, thread=thread, run=run, step="1") == expected


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_assistants(http: Http, method):
    missing = "asst_000000000000000000000000"
    assert ask(http, method, f"/assistants/{missing}") == not_found("assistant", missing)
    assert ask(http, method, "/assistants/2") == wrong_kind("assistant_id", "2", "asst")


def test_the_assistant_of_a_run(http: Http, ids):
    path = f"/threads/{ids['thread']}/runs"
    for assistant, expected in [
        ("asst_none", not_found("assistant", "asst_none")),
        ("2", wrong_kind("assistant_id", "2", "asst")),
    ]:
        answer = http.post(path, {"assistant_id": assistant})
        assert {"status": answer.status, **answer.error} == expected
    streamed = http.post("/threads/runs", {"assistant_id": "asst_none", "stream": True})
    assert streamed.headers["content-type"] == "application/json"
    assert {"status": streamed.status, **streamed.error} == not_found("assistant", "asst_none")


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_that_is_not_there(http: Http, ids, name):
    thread, run = ids["thread"], ids["run"]
    lists = {
        "/assistants": ("assistant", "asst"),
        f"/threads/{thread}/messages": ("message", "msg"),
        f"/threads/{thread}/runs": ("run", "run"),
        f"/threads/{thread}/runs/{run}/steps": ("run step", "step"),
    }
    for path, (noun, prefix) in lists.items():
        missing = f"{prefix}_none"
        assert ask(http, "GET", f"{path}?{name}={missing}") == not_found(noun, missing)
        assert ask(http, "GET", f"{path}?{name}=7") == wrong_kind(name, "7", prefix)
    assert ask(http, "GET", f"/threads/{NO_THREAD}/messages?{name}=msg_1") == not_found(
        "thread", NO_THREAD
    )


def test_a_body_that_does_not_fit_comes_after_the_run_that_is_missing(http: Http, ids):
    path = f"/threads/{ids['thread']}/runs/{NO_RUN}/submit_tool_outputs"
    assert http.post(path, {}).error["message"] == f"No run found with id '{NO_RUN}'."


async def test_imported_ids_of_any_form_are_served(start_server: StartServer, tmp_path: Path):
    storage = SQLiteStorage(tmp_path / "threadkeep.db")
    await storage.open()
    await storage.threads.insert("default", Thread(id="old conversation 7"))
    await storage.assistants.insert("default", Assistant(id="helper", model="scripted-model"))
    await storage.close()

    http = start_server().http
    thread = "/threads/old%20conversation%207"
    assert http.ok("GET", thread)["id"] == "old conversation 7"
    message = http.ok("POST", f"{thread}/messages", {"role": "user", "content": "Hi"})
    assert message["thread_id"] == "old conversation 7"
    assert http.ok("GET", "/assistants/helper")["model"] == "scripted-model"
    run = http.ok("POST", f"{thread}/runs", {"assistant_id": "helper"})
    assert http.ok("GET", f"{thread}/runs/{run['id']}")["assistant_id"] == "helper"
    missing = http.get(f"{thread}/messages/msg_none")
    assert missing.error["message"] == "No message found with id 'msg_none'."
