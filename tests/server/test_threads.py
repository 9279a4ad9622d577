from __future__ import annotations

import pytest

from tests.support.conversation import new_assistant, new_thread, texts
from tests.support.http import Http


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


@pytest.mark.parametrize("body", [None, b"", b" \n", {}])
def test_a_thread_needs_no_body(http: Http, body):
    thread = http.ok("POST", "/threads", body)
    assert list(thread) == ["id", "object", "created_at", "metadata", "tool_resources"]
    assert thread["id"].startswith("thread_")
    assert (thread["object"], thread["metadata"], thread["tool_resources"]) == ("thread", {}, {})
    assert http.ok("GET", f"/threads/{thread['id']}") == thread


def test_a_thread_begins_with_messages(http: Http):
    body = {
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]},
        ],
        "metadata": {"topic": "greeting"},
    }
    thread = http.ok("POST", "/threads", body)
    assert thread["metadata"] == {"topic": "greeting"}
    assert texts(http, thread["id"]) == ["Hello", "Hi"]


def test_an_update_replaces_metadata_and_null_clears_it(http: Http):
    thread = http.ok("POST", "/threads", {"metadata": {"a": "1"}})
    path = f"/threads/{thread['id']}"
    assert http.ok("POST", path, {"metadata": {"b": "2"}}) == {**thread, "metadata": {"b": "2"}}
    assert http.ok("POST", path, {})["metadata"] == {"b": "2"}
    assert http.ok("POST", path, {"metadata": None})["metadata"] == {}
    assert http.ok("GET", path)["metadata"] == {}


def test_a_deleted_thread_is_gone_with_all_that_was_on_it(http: Http):
    thread = new_thread(http, "Hello")
    message = http.ok("GET", f"/threads/{thread}/messages")["data"][0]["id"]
    deleted = http.ok("DELETE", f"/threads/{thread}")
    assert deleted == {"id": thread, "object": "thread.deleted", "deleted": True}
    for path in ("", "/messages", f"/messages/{message}", "/runs"):
        answer = http.get(f"/threads/{thread}{path}")
        assert answer.status == 404
        assert answer.error["message"] == f"No thread found with id '{thread}'."


def test_create_and_run_makes_both_or_neither(http: Http):
    assistant = new_assistant(http)
    body = {
        "assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "Hi"}], "metadata": {"a": "1"}},
    }
    run = http.ok("POST", "/threads/runs", body)
    assert (run["object"], run["status"], run["assistant_id"]) == (
        "thread.run",
        "queued",
        assistant,
    )
    assert http.ok("GET", f"/threads/{run['thread_id']}")["metadata"] == {"a": "1"}

    refused = http.post("/threads/runs", {"assistant_id": assistant})
    assert refused.status == 400
    assert refused.error["code"] == "invalid_thread"


def test_create_and_run_without_a_thread_makes_an_empty_one(http: Http):
    assistant = new_assistant(http, instructions="Greet the world.")
    run = http.ok("POST", "/threads/runs", {"assistant_id": assistant})
    assert http.ok("GET", f"/threads/{run['thread_id']}")["object"] == "thread"


def test_the_list_gives_the_project_s_threads_page_by_page(http: Http):
    made = [new_thread(http) for _ in range(3)]
    page = http.ok("GET", "/threads?limit=2")
    assert [thread["id"] for thread in page["data"]] == made[:0:-1]
    assert (page["object"], page["has_more"]) == ("list", True)
    rest = http.ok("GET", f"/threads?limit=2&after={page['last_id']}")
    assert ([thread["id"] for thread in rest["data"]], rest["has_more"]) == (made[:1], False)


def test_the_threads_of_a_project_are_listed_newest_first(http: Http):
    made = [new_thread(http) for _ in range(3)]
    page = http.ok("GET", "/threads?limit=2")
    assert [thread["id"] for thread in page["data"]] == made[:0:-1]
    assert page["has_more"] is True
    rest = http.ok("GET", f"/threads?after={page['last_id']}")
    assert [thread["id"] for thread in rest["data"]] == made[:1]
