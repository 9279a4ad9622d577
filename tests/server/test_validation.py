"""Requests that do not fit, each with the exact answer; nothing is ever half done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.conversation import new_assistant, new_thread, texts
from tests.support.http import Http
from tests.support.refusals import CASES


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


@pytest.mark.parametrize(("path", "body", "message", "param", "code"), CASES)
def test_the_first_problem_is_named(http: Http, path, body, message, param, code):
    thread = new_thread(http, "Hi")
    answer = http.post(path.format(thread=thread), body)
    assert answer.status == 400
    assert answer.error == {
        "message": message,
        "type": "invalid_request_error",
        "param": param,
        "code": code,
    }
    assert texts(http, thread) == ["Hi"]
    assert http.ok("GET", "/assistants")["data"] == []
    assert http.ok("GET", f"/threads/{thread}/runs")["data"] == []


def test_the_outputs_of_tools_are_strings(http: Http):
    assistant = new_assistant(http)
    thread = new_thread(http, "Hi")
    run = http.ok("POST", f"/threads/{thread}/runs", {"assistant_id": assistant})
    path = f"/threads/{thread}/runs/{run['id']}/submit_tool_outputs"
    answer = http.post(path, {"tool_outputs": [{"tool_call_id": "call_1", "output": 7}]})
    assert answer.status == 400
    assert answer.error == {
        "message": "Invalid type for 'tool_outputs[0].output': expected a string, but got an integer instead.",
        "type": "invalid_request_error",
        "param": "tool_outputs[0].output",
        "code": "invalid_type",
    }


def test_a_missing_parameter_is_told_before_an_unknown_one_and_that_before_a_wrong_one(http: Http):
    def complaint(body: Any) -> str:
        return http.post("/assistants", body).error["message"]

    assert complaint({"modell": "m", "name": 5}) == "Missing required parameter: 'model'."
    assert complaint({"model": "m", "name": 5, "nam": "n"}) == "Unknown parameter: 'nam'."


def test_a_key_that_comes_twice_is_no_way_around(http: Http):
    answer = http.post("/threads", b'{"metadata": 5, "metadata": {}}')
    assert answer.status == 400
    assert "metadata" in answer.error["message"]


@pytest.mark.parametrize(
    ("query", "message", "code"),
    [
        (
            "limit=0",
            "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
            "integer_below_min_value",
        ),
        (
            "limit=1000",
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 1000 instead.",
            "integer_above_max_value",
        ),
        (
            "limit=abc",
            "Invalid type for 'limit': expected an integer, but got a string instead.",
            "invalid_type",
        ),
        (
            "order=up",
            "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.",
            "invalid_value",
        ),
    ],
)
def test_the_query_of_a_list(http: Http, query, message, code):
    thread = new_thread(http)
    for path in ("/assistants", f"/threads/{thread}/messages", f"/threads/{thread}/runs"):
        answer = http.get(f"{path}?{query}")
        assert answer.status == 400
        assert answer.error == {
            "message": message,
            "type": "invalid_request_error",
            "param": query.split("=")[0],
            "code": code,
        }


def test_what_a_query_says_beyond_that_is_ignored(http: Http):
    content = "step_details.tool_calls[*].file_search.results[*].content"
    thread = new_thread(http, "Hi")
    run = http.ok(
        "POST",
        f"/threads/{thread}/runs?include%5B%5D={content}&api-version=1",
        {"assistant_id": new_assistant(http)},
    )
    for path in (f"/threads/{thread}", f"/threads/{thread}/runs/{run['id']}/steps"):
        assert http.get(f"{path}?include[]={content}&include={content}&color=red").status == 200


def test_files_and_vector_stores_that_are_not_there(http: Http):
    resources = {"code_interpreter": {"file_ids": ["file-1"]}}
    answer = http.post("/assistants", {"model": "m", "tool_resources": resources})
    assert (answer.status, answer.error["message"]) == (404, "No such File object: file-1")
    resources = {"file_search": {"vector_store_ids": ["vs_1"]}}
    answer = http.post("/threads", {"tool_resources": resources})
    assert (answer.status, answer.error["message"]) == (
        404,
        "No vector store found with id 'vs_1'.",
    )
