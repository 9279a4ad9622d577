"""The traps that lie in files, vector stores and what is found in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.conversation import finish, new_assistant, new_run, new_thread, path_of
from tests.support.http import Http
from tests.support.scripted_model import ScriptedModel
from tests.support.searching import INCLUDED, new_store, new_store_of, read
from tests.support.uploads import upload

TEXT = "My favourite food is pizza."
MARK = "【0:0†foods.txt】"
CODE = {"type": "code_interpreter"}


def batch_of(http: Http, store: str, *contents: tuple[bytes, str]) -> dict[str, Any]:
    """A new batch of files, as it was answered."""
    files = [upload(http, content, name)["id"] for content, name in contents]
    return http.ok("POST", f"/vector_stores/{store}/file_batches", {"file_ids": files})


@pytest.fixture
def searched(http: Http, scripted_model: ScriptedModel) -> dict[str, Any]:
    """A run that has searched a file and cited it."""
    resources = {"file_search": {"vector_store_ids": [new_store_of(http, foods_txt=TEXT)]}}
    tools = [{"type": "file_search"}]
    assistant = new_assistant(http, tools=tools, tool_resources=resources)
    scripted_model.call_functions(("file_search", '{"queries":["favourite food"]}'))
    scripted_model.reply("Ä🧪é pizza ", MARK, ".")
    return finish(http, new_run(http, new_thread(http, "What do I like?"), assistant))


def test_trap_30_no_file_stays_in_progress_not_even_one_that_cannot_be_read(shared_http: Http):
    store = new_store(shared_http)
    batch = batch_of(
        shared_http, store, (b"Tea is hot.", "tea.txt"), (b"\0\xff\0broken", "broken.pdf")
    )
    counts = {"in_progress": 0, "completed": 1, "failed": 1, "cancelled": 0, "total": 2}
    assert read(shared_http, store)["file_counts"] == counts
    path = f"/vector_stores/{store}/file_batches/{batch['id']}"
    done = shared_http.ok("GET", path)
    assert (done["status"], done["file_counts"]) == ("completed", counts)
    assert shared_http.ok("GET", f"/vector_stores/{store}")["status"] == "completed"


def test_trap_31_a_file_of_a_vector_store_has_the_id_of_the_file(shared_http: Http):
    file, store = upload(shared_http, TEXT.encode())["id"], new_store(shared_http)
    path = f"/vector_stores/{store}/files"
    added = shared_http.ok("POST", path, {"file_id": file})
    assert (added["id"], added["object"], added["vector_store_id"]) == (
        file,
        "vector_store.file",
        store,
    )
    assert [item["id"] for item in shared_http.ok("GET", path)["data"]] == [file]
    assert shared_http.ok("GET", f"{path}/{file}")["id"] == file


def test_trap_32_a_batch_is_a_vector_store_file_batch(shared_http: Http):
    store = new_store(shared_http)
    batch = batch_of(shared_http, store, (b"Tea is hot.", "tea.txt"))
    path = f"/vector_stores/{store}/file_batches/{batch['id']}"
    answers = [batch, shared_http.ok("GET", path), shared_http.ok("POST", f"{path}/cancel")]
    assert [answer["object"] for answer in answers] == ["vector_store.file_batch"] * 3


def test_trap_45_results_hold_their_text_only_for_those_who_ask(
    http: Http, searched: dict[str, Any]
):
    def result(query: str) -> dict[str, Any]:
        step = http.ok("GET", f"{path_of(searched)}/steps?order=asc{query}")["data"][0]
        [found] = step["step_details"]["tool_calls"][0]["file_search"]["results"]
        return found

    brief, whole = result(""), result(f"&{INCLUDED}")
    assert "content" not in brief
    assert brief["file_id"].startswith("file-")
    assert (brief["file_name"], 0 <= brief["score"] <= 1) == ("foods.txt", True)
    assert whole == {**brief, "content": [{"type": "text", "text": TEXT}]}


def test_trap_46_citations_are_counted_in_code_points(http: Http, searched: dict[str, Any]):
    message = http.ok("GET", f"/threads/{searched['thread_id']}/messages")["data"][0]
    text = message["content"][0]["text"]
    [citation] = text["annotations"]
    start, end = citation["start_index"], citation["end_index"]
    assert text["value"][start:end] == citation["text"] == MARK
    assert start == len("Ä🧪é pizza ")


def test_trap_47_no_output_of_code_is_made_up(http: Http, scripted_model: ScriptedModel):
    assistant = new_assistant(http, tools=[CODE])
    run = finish(http, new_run(http, new_thread(http, "What is 2 + 2?"), assistant))
    assert run["tools"] == [CODE]
    steps = http.ok("GET", f"{path_of(run)}/steps")["data"]
    assert [step["type"] for step in steps] == ["message_creation"]
    assert "tools" not in scripted_model.chat_requests[0].body


@pytest.mark.parametrize("purpose", ["assistants", "user_data"])
def test_trap_48_what_is_for_assistants_cannot_be_downloaded(shared_http: Http, purpose: str):
    file = upload(shared_http, b"secret", purpose=purpose)["id"]
    refused = shared_http.get(f"/files/{file}/content")
    assert (refused.status, refused.error["message"]) == (
        400,
        f"Not allowed to download files of purpose: {purpose}",
    )
    open_file = upload(shared_http, b"open", purpose="vision")["id"]
    assert shared_http.get(f"/files/{open_file}/content").body == b"open"
