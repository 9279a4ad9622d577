from __future__ import annotations

import pytest

from tests.support.conversation import WEATHER, new_assistant
from tests.support.http import Http


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


def test_an_assistant_that_says_only_its_model_gets_the_usual_defaults(http: Http):
    assistant = http.ok("POST", "/assistants", {"model": "gpt-4o"})
    assert list(assistant) == [
        "id",
        "object",
        "created_at",
        "name",
        "description",
        "model",
        "instructions",
        "tools",
        "top_p",
        "temperature",
        "reasoning_effort",
        "tool_resources",
        "metadata",
        "response_format",
    ]
    assert assistant["id"].startswith("asst_")
    assert len(assistant["id"]) == len("asst_") + 24
    assert isinstance(assistant["created_at"], int)
    assert {**assistant, "id": "", "created_at": 0} == {
        "id": "",
        "object": "assistant",
        "created_at": 0,
        "name": None,
        "description": None,
        "model": "gpt-4o",
        "instructions": None,
        "tools": [],
        "top_p": 1.0,
        "temperature": 1.0,
        "reasoning_effort": None,
        "tool_resources": {},
        "metadata": {},
        "response_format": "auto",
    }


def test_tools_are_completed_as_the_hosted_service_does(http: Http):
    tools = [
        {"type": "function", "function": {"name": "now"}},
        {"type": "file_search"},
        {"type": "code_interpreter"},
    ]
    assistant = http.ok("POST", "/assistants", {"model": "gpt-4o", "tools": tools})
    assert assistant["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "now",
                "parameters": {"type": "object", "properties": {}},
                "strict": False,
            },
        },
        {
            "type": "file_search",
            "file_search": {
                "ranking_options": {
                    "ranker": "default_2024_08_21",
                    "score_threshold": 0.0,
                    "hybrid_search": None,
                }
            },
        },
        {"type": "code_interpreter"},
    ]
    assert assistant["tool_resources"] == {"code_interpreter": {"file_ids": []}}


def test_what_is_created_is_retrieved(http: Http):
    created = http.ok("POST", "/assistants", {"model": "gpt-4o", "tools": [WEATHER], "name": "Ann"})
    assert http.ok("GET", f"/assistants/{created['id']}") == created


def test_an_update_replaces_what_is_given_and_null_clears(http: Http):
    created = http.ok(
        "POST",
        "/assistants",
        {"model": "gpt-4o", "name": "Ann", "instructions": "Be kind.", "metadata": {"a": "1"}},
    )
    path = f"/assistants/{created['id']}"
    updated = http.ok("POST", path, {"name": None, "metadata": {"b": "2"}, "temperature": 0})
    expected = {**created, "name": None, "metadata": {"b": "2"}, "temperature": 0.0}
    assert updated == expected
    assert http.ok("GET", path) == expected


def test_a_deleted_assistant_is_gone(http: Http):
    assistant = new_assistant(http)
    path = f"/assistants/{assistant}"
    assert http.ok("DELETE", path) == {
        "id": assistant,
        "object": "assistant.deleted",
        "deleted": True,
    }
    for method in ("GET", "POST", "DELETE"):
        answer = http.send(method, path, {} if method == "POST" else None)
        assert answer.status == 404
        assert answer.error["message"] == f"No assistant found with id '{assistant}'."


def test_the_list_starts_with_the_newest(http: Http):
    made = [new_assistant(http, name=str(n)) for n in range(5)]
    page = http.ok("GET", "/assistants?limit=3")
    assert [item["id"] for item in page["data"]] == made[:1:-1]
    assert (page["object"], page["first_id"], page["last_id"], page["has_more"]) == (
        "list",
        made[4],
        made[2],
        True,
    )
    rest = http.ok("GET", f"/assistants?limit=3&after={page['last_id']}")
    assert [item["id"] for item in rest["data"]] == made[1::-1]
    assert rest["has_more"] is False


def test_an_empty_list_has_null_ends(http: Http):
    assert http.ok("GET", "/assistants") == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_models_are_those_of_the_chat_model(http: Http):
    listed = http.ok("GET", "/models")
    assert listed["object"] == "list"
    assert set(listed) == {"object", "data"}
    names = [model["id"] for model in listed["data"]]
    assert "scripted-model" in names
    model = http.ok("GET", "/models/scripted-model")
    assert model in listed["data"]
    assert set(model) == {"id", "object", "created", "owned_by"}


def test_an_unknown_model_is_told(http: Http):
    answer = http.get("/models/nobody%2Fserves-this")
    assert answer.status == 404
    assert answer.error == {
        "message": "The model 'nobody/serves-this' does not exist or you do not have access to it.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }
