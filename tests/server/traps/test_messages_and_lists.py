"""The traps that lie in the fields of messages and in the pages of lists."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
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
    texts,
)
from tests.support.http import Http
from tests.support.scripted_model import DEFAULT_TEXT, ScriptedModel
from tests.support.uploads import upload


def add_assistants(http: Http) -> str:
    """Make three; the path of their list."""
    for _ in range(3):
        new_assistant(http)
    return "/assistants"


def add_messages(http: Http) -> str:
    return f"/threads/{new_thread(http, 'one', 'two', 'three')}/messages"


def add_runs(http: Http) -> str:
    thread, assistant = new_thread(http, "Hello"), new_assistant(http)
    for _ in range(3):
        finish(http, new_run(http, thread, assistant))
    return f"/threads/{thread}/runs"


def add_files(http: Http) -> str:
    for name in ("a.txt", "b.txt", "c.txt"):
        upload(http, b"x", name)
    return "/files"


def add_vector_stores(http: Http) -> str:
    for _ in range(3):
        http.ok("POST", "/vector_stores", {})
    return "/vector_stores"


LISTS = [add_assistants, add_messages, add_runs, add_files, add_vector_stores]


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["data"]]


def test_trap_24_a_string_comes_back_as_a_part_with_a_value(shared_http: Http):
    path = f"/threads/{new_thread(shared_http)}/messages"
    for content in ("Hi", [{"type": "text", "text": "Hi"}]):
        message = shared_http.ok("POST", path, {"role": "user", "content": content})
        assert message["content"] == [{"type": "text", "text": {"value": "Hi", "annotations": []}}]
        assert shared_http.ok("GET", f"{path}/{message['id']}") == message


@pytest.mark.parametrize("given", [{}, {"attachments": None}, {"attachments": []}])
def test_trap_25_attachments_are_a_list_everywhere(shared_http: Http, given: dict[str, Any]):
    thread, assistant = new_thread(shared_http), new_assistant(shared_http)
    path = f"/threads/{thread}/messages"
    said = shared_http.ok("POST", path, {"role": "user", "content": "Hi", **given})
    changed = shared_http.ok("POST", f"{path}/{said['id']}", {"metadata": {"a": "1"}})
    body = {"assistant_id": assistant}
    events = shared_http.events(f"/threads/{thread}/runs", body)
    told = [event.data for event in events if event.name.startswith("thread.message.")]
    whole = [message for message in told if message["object"] == "thread.message"]
    messages = [said, changed, *whole, *shared_http.ok("GET", path)["data"]]
    assert len(messages) == 7
    assert [message["attachments"] for message in messages] == [[]] * 7


def test_trap_26_messages_of_a_run_name_it_and_can_be_asked_for_by_it(shared_http: Http):
    thread, assistant = new_thread(shared_http, "Hello"), new_assistant(shared_http)
    runs = [finish(shared_http, new_run(shared_http, thread, assistant)) for _ in range(2)]
    for run in runs:
        page = shared_http.ok("GET", f"/threads/{thread}/messages?run_id={run['id']}")
        [message] = page["data"]
        assert (message["run_id"], message["assistant_id"]) == (run["id"], assistant)
        assert message["content"][0]["text"]["value"] == DEFAULT_TEXT


def test_trap_27_what_is_made_in_one_second_keeps_its_order(shared_http: Http):
    said = [str(number) for number in range(30)]
    thread = new_thread(shared_http, *said)
    assert texts(shared_http, thread) == said
    page = shared_http.ok("GET", f"/threads/{thread}/messages?limit=100")
    assert all(
        newer["created_at"] >= older["created_at"] for newer, older in pairwise(page["data"])
    )
    assert len({message["created_at"] for message in page["data"]}) < 30


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_trap_28_before_keeps_the_order_and_pages_say_whether_there_is_more(
    shared_http: Http, order: str
):
    path = f"/threads/{new_thread(shared_http)}/messages"
    empty = shared_http.ok("GET", path)
    assert empty == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }
    for text in "abcde":
        shared_http.ok("POST", path, {"role": "user", "content": text})
    every = ids(shared_http.ok("GET", f"{path}?order={order}"))
    page = shared_http.ok("GET", f"{path}?order={order}&before={every[2]}")
    assert (ids(page), page["has_more"]) == (every[:2], False)
    page = shared_http.ok("GET", f"{path}?order={order}&limit=2&after={every[0]}")
    assert (ids(page), page["has_more"]) == (every[1:3], True)
    assert (page["first_id"], page["last_id"]) == (every[1], every[2])


@pytest.mark.parametrize("add", LISTS)
def test_trap_29_every_list_begins_with_the_newest(shared_http: Http, add: Callable[[Http], str]):
    path = add(shared_http)
    newest_first = ids(shared_http.ok("GET", path))
    assert len(newest_first) == 3
    assert newest_first == ids(shared_http.ok("GET", f"{path}?order=desc"))
    assert newest_first == ids(shared_http.ok("GET", f"{path}?order=asc"))[::-1]


def test_trap_29_steps_too_begin_with_the_newest(http: Http, scripted_model: ScriptedModel):
    scripted_model.call_functions(("get_weather", "{}"), text=("Let me see.",))
    thread, assistant = new_thread(http, "Hello"), new_assistant(http, tools=[WEATHER])
    run = reach(http, new_run(http, thread, assistant), "requires_action")
    steps = http.ok("GET", f"{path_of(run)}/steps")["data"]
    assert [step["type"] for step in steps] == ["tool_calls", "message_creation"]
