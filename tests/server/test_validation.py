"""Requests that do not fit, each with the exact answer; nothing is ever half done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.conversation import new_assistant, new_thread, texts
from tests.support.http import Http


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


NOT_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using "
    "your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not "
    "valid JSON.)"
)
FUNCTION = {"type": "function", "function": {"name": "f"}}

ASSISTANTS = "/assistants"
THREADS = "/threads"
MESSAGES = "/threads/{thread}/messages"
RUNS = "/threads/{thread}/runs"

# path, body, message, param, code
CASES: list[tuple[str, Any, str, str | None, str | None]] = [
    (THREADS, b'{"messages": [', NOT_JSON, None, None),
    (THREADS, b"{'metadata': {}}", NOT_JSON, None, None),
    (THREADS, b'{"metadata": {"k": "\xff"}}', NOT_JSON, None, None),
    (THREADS, b'{"metadata":' + b"[" * 100_000, NOT_JSON, None, None),
    (ASSISTANTS, b"", NOT_JSON, None, None),
    (
        THREADS,
        b"[]",
        "Invalid type: expected an object, but got an array instead.",
        None,
        "invalid_type",
    ),
    (
        RUNS,
        {},
        "Missing required parameter: 'assistant_id'.",
        "assistant_id",
        "missing_required_parameter",
    ),
    (
        ASSISTANTS,
        {"name": "x"},
        "Missing required parameter: 'model'.",
        "model",
        "missing_required_parameter",
    ),
    (
        MESSAGES,
        {"role": "user", "content": "x", "attachments": [{"file_id": "file-1"}]},
        "Missing required parameter: 'attachments[0].tools'.",
        "attachments[0].tools",
        "missing_required_parameter",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [{"type": "function", "function": {}}]},
        "Missing required parameter: 'tools[0].function.name'.",
        "tools[0].function.name",
        "missing_required_parameter",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "truncation_strategy": {"type": "last_messages"}},
        "Missing required parameter: 'truncation_strategy.last_messages'.",
        "truncation_strategy.last_messages",
        "missing_required_parameter",
    ),
    (
        "/threads/runs",
        {"assistant_id": "asst_1", "tool_choice": {"type": "function"}},
        "Missing required parameter: 'tool_choice.function'.",
        "tool_choice.function",
        "missing_required_parameter",
    ),
    (
        THREADS,
        {"messages": [{"role": "user", "content": "x", "id": "msg_1"}]},
        "Unknown parameter: 'messages[0].id'.",
        "messages[0].id",
        "unknown_parameter",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "tool_resources": {}},
        "Unknown parameter: 'tool_resources'.",
        "tool_resources",
        "unknown_parameter",
    ),
    (
        MESSAGES,
        {"role": "human", "content": "x"},
        "Invalid value: 'human'. Supported values are: 'user' and 'assistant'.",
        "role",
        "invalid_value",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "additional_messages": [{"role": "system", "content": "x"}]},
        "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
        "additional_messages[0].role",
        "invalid_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [{"type": "retrieval"}]},
        "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'file_search', and 'function'.",
        "tools[0].type",
        "invalid_value",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "tool_choice": "always"},
        "Invalid value: 'always'. Supported values are: 'none', 'auto', and 'required'.",
        "tool_choice",
        "invalid_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "response_format": {"type": "json"}},
        "Invalid value: 'json'. Supported values are: 'text', 'json_object', and 'json_schema'.",
        "response_format.type",
        "invalid_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "reasoning_effort": "most"},
        (
            "Invalid value: 'most'. Supported values are: "
            "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'."
        ),
        "reasoning_effort",
        "invalid_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [{"type": "function", "function": {"name": "get weather"}}]},
        (
            "Invalid 'tools[0].function.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        ),
        "tools[0].function.name",
        "invalid_value",
    ),
    (
        THREADS,
        {"metadata": {"modified": True}},
        "Invalid type for 'metadata.modified': expected a string, but got a boolean instead.",
        "metadata.modified",
        "invalid_type",
    ),
    (
        MESSAGES,
        {"role": "user", "content": 7},
        "Invalid type for 'content': expected one of a string or array of objects, but got an integer instead.",
        "content",
        "invalid_type",
    ),
    (
        MESSAGES,
        {"role": "user", "content": None},
        "Invalid type for 'content': expected one of a string or array of objects, but got null instead.",
        "content",
        "invalid_type",
    ),
    (
        ASSISTANTS,
        {"model": "m", "temperature": "hot"},
        "Invalid type for 'temperature': expected a decimal, but got a string instead.",
        "temperature",
        "invalid_type",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "max_prompt_tokens": 300.5},
        "Invalid type for 'max_prompt_tokens': expected an integer, but got a decimal number instead.",
        "max_prompt_tokens",
        "invalid_type",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "stream": "yes"},
        "Invalid type for 'stream': expected a boolean, but got a string instead.",
        "stream",
        "invalid_type",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "tools": {"type": "function"}},
        "Invalid type for 'tools': expected an array of objects, but got an object instead.",
        "tools",
        "invalid_type",
    ),
    (
        ASSISTANTS,
        {"model": "m", "temperature": 2.1},
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.1 instead.",
        "temperature",
        "decimal_above_max_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "top_p": -1},
        "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
        "top_p",
        "decimal_below_min_value",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "max_completion_tokens": 0},
        "Invalid 'max_completion_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        "max_completion_tokens",
        "integer_below_min_value",
    ),
    (
        THREADS,
        {"metadata": {f"k{n}": "v" for n in range(17)}},
        (
            "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
            "but got an object with 17 properties instead."
        ),
        "metadata",
        "object_above_max_properties",
    ),
    (
        THREADS,
        {"metadata": {"k": "v" * 600}},
        (
            "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, "
            "but got a string with length 600 instead."
        ),
        "metadata.k",
        "string_above_max_length",
    ),
    (
        THREADS,
        {"metadata": {"k" * 65: "v"}},
        (
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. "
            "Expected a string with maximum length 64, but got a string with length 65 instead."
        ),
        f"metadata.{'k' * 65}",
        "property_name_above_max_length",
    ),
    (
        MESSAGES,
        {"role": "user", "content": "ä" * 256_001},
        (
            "Invalid 'content': string too long. Expected a string with maximum length 256000, "
            "but got a string with length 256001 instead."
        ),
        "content",
        "string_above_max_length",
    ),
    (
        ASSISTANTS,
        {"model": "m", "name": "n" * 257},
        (
            "Invalid 'name': string too long. Expected a string with maximum length 256, "
            "but got a string with length 257 instead."
        ),
        "name",
        "string_above_max_length",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [FUNCTION] * 150},
        (
            "Invalid 'tools': array too long. Expected an array with maximum length 128, "
            "but got an array with length 150 instead."
        ),
        "tools",
        "array_above_max_length",
    ),
    (
        MESSAGES,
        {"role": "user", "content": []},
        (
            "Invalid 'content': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead."
        ),
        "content",
        "empty_array",
    ),
]


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
