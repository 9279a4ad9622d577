"""Lists, over as many pages as there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.canned_server import CannedServer, Reply
from threadkeep import AsyncClient

WITHIN: dict[str, Any] = {"thread_id": "t"}
STORE: dict[str, Any] = {"vector_store_id": "v"}
CURSORS: dict[str, Any] = {"limit": 2, "order": "asc", "after": "x_0"}
SENT = [("after", "x_0"), ("limit", "2"), ("order", "asc")]
LISTS: dict[str, tuple[Callable[[AsyncClient], Any], str, list[tuple[str, str]]]] = {
    "assistants": (lambda client: client.assistants.list(**CURSORS), "/assistants", SENT),
    "threads": (lambda client: client.threads.list(**CURSORS), "/threads", SENT),
    "messages": (
        lambda client: client.threads.messages.list("t", run_id="r", **CURSORS),
        "/threads/t/messages",
        [*SENT, ("run_id", "r")],
    ),
    "runs": (lambda client: client.threads.runs.list("t", **CURSORS), "/threads/t/runs", SENT),
    "steps": (
        lambda client: client.threads.runs.steps.list("r", **WITHIN, include=["a"], **CURSORS),
        "/threads/t/runs/r/steps",
        [*SENT, ("include[]", "a")],
    ),
    "files": (
        lambda client: client.files.list(purpose="vision", **CURSORS),
        "/files",
        [*SENT, ("purpose", "vision")],
    ),
    "vector_stores": (lambda client: client.vector_stores.list(**CURSORS), "/vector_stores", SENT),
    "vector_stores.files": (
        lambda client: client.vector_stores.files.list("v", filter="failed", **CURSORS),
        "/vector_stores/v/files",
        [*SENT, ("filter", "failed")],
    ),
    "vector_stores.file_batches.files": (
        lambda client: client.vector_stores.file_batches.list_files("b", **STORE, **CURSORS),
        "/vector_stores/v/file_batches/b/files",
        SENT,
    ),
}


def page(*numbers: int, **rest: Any) -> Reply:
    details = {"type": "tool_calls", "tool_calls": []}
    data = [{"id": f"x_{number}", "step_details": details} for number in numbers]
    return Reply({"object": "list", "data": data, **rest})


@pytest.mark.parametrize(("call", "path", "sent"), LISTS.values(), ids=LISTS.keys())
async def test_a_list_gives_all_items_of_all_pages(
    call: Callable[[AsyncClient], Any],
    path: str,
    sent: list[tuple[str, str]],
    async_client: AsyncClient,
    canned_server: CannedServer,
):
    canned_server.replies(
        page(1, 2, has_more=True), page(3, 4, has_more=True), page(5, has_more=False)
    )
    assert [item.id async for item in call(async_client)] == ["x_1", "x_2", "x_3", "x_4", "x_5"]
    first, second, third = canned_server.requests
    assert {asked.path for asked in canned_server.requests} == {f"/v1{path}"}
    assert sorted(first.query) == sorted(sent)
    assert dict(second.query) == {**dict(sent), "after": "x_2"}
    assert dict(third.query) == {**dict(sent), "after": "x_4"}


async def test_page_by_page(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(
        page(1, has_more=True, first_id="x_1", last_id="x_1"), page(2, has_more=False)
    )
    first = await async_client.threads.messages.list("t")
    assert [message.id for message in first.data] == ["x_1"]
    assert (first.first_id, first.last_id, first.has_more) == ("x_1", "x_1", True)
    assert first.has_next_page()
    assert first._request_id == "req_1"
    second = await first.get_next_page()
    assert [message.id for message in second.data] == ["x_2"]
    assert not second.has_next_page()
    with pytest.raises(RuntimeError, match="No next page expected"):
        await second.get_next_page()
    assert "x_2" in repr(second)


async def test_pages_can_be_walked_again(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(page(1, has_more=True), page(2, has_more=False))
    first = await async_client.threads.messages.list("t")
    assert [len(page.data) async for page in first.iter_pages()] == [1, 1]
    assert len(canned_server.requests) == 2


async def test_an_empty_list(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(page(has_more=False, first_id=None, last_id=None))
    messages = await async_client.threads.messages.list("t")
    assert messages.data == []
    assert [message async for message in messages] == []


async def test_models_come_all_at_once(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(Reply({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}))
    assert [model.id async for model in async_client.models.list()] == ["a", "b"]
    assert len(canned_server.requests) == 1


async def test_a_search_is_a_list(async_client: AsyncClient, canned_server: CannedServer):
    found = {
        "file_id": "f",
        "filename": "n",
        "score": 0.5,
        "content": [{"type": "text", "text": "hit"}],
    }
    canned_server.replies(Reply({"data": [found], "has_more": True, "next_page": "p"}))
    results = [
        result
        async for result in async_client.vector_stores.search(
            "v", query=["a", "b"], max_num_results=3, rewrite_query=True
        )
    ]
    [asked] = canned_server.requests
    assert (asked.method, asked.path) == ("POST", "/v1/vector_stores/v/search")
    assert asked.json == {"query": ["a", "b"], "max_num_results": 3, "rewrite_query": True}
    assert [(result.file_id, result.content[0].text) for result in results] == [("f", "hit")]


async def test_the_text_of_a_file_is_a_list(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(Reply({"data": [{"type": "text", "text": "a"}], "has_more": False}))
    content = await async_client.vector_stores.files.content("f", vector_store_id="v")
    assert [part.text for part in content.data] == ["a"]
