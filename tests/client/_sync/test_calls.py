# Generated from tests/client/_async/test_calls.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Every call: what is sent, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.support.canned_server import CannedServer, Reply
from threadkeep import Client
from threadkeep.types.assistant import Assistant, AssistantDeleted
from threadkeep.types.file import File, FileDeleted
from threadkeep.types.message import Message, MessageDeleted, TextPart
from threadkeep.types.model import Model
from threadkeep.types.run import Run, RunDeleted
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread, ThreadDeleted
from threadkeep.types.vector_store import (
    VectorStore,
    VectorStoreDeleted,
    VectorStoreFile,
    VectorStoreFileBatch,
    VectorStoreFileDeleted,
)


class Case(NamedTuple):
    """A call, what it must send and what it must give."""

    call: Callable[[Client], Any]
    method: str
    target: str
    body: Any
    type: type[Any]
    answer: dict[str, Any] = {"id": "x_1", "object": "x"}


STEP = {
    "id": "x_1",
    "step_details": {"type": "message_creation", "message_creation": {"message_id": "m"}},
}
WITHIN: dict[str, Any] = {"thread_id": "t"}
STORE: dict[str, Any] = {"vector_store_id": "v"}
CASES = {
    "assistants.create": Case(
        lambda client: client.assistants.create(
            model="m", name=None, tools=[{"type": "file_search"}]
        ),
        "POST",
        "/assistants",
        {"model": "m", "name": None, "tools": [{"type": "file_search"}]},
        Assistant,
    ),
    "assistants.retrieve": Case(
        lambda client: client.assistants.retrieve("a"), "GET", "/assistants/a", None, Assistant
    ),
    "assistants.update": Case(
        lambda client: client.assistants.update("a", temperature=0.5),
        "POST",
        "/assistants/a",
        {"temperature": 0.5},
        Assistant,
    ),
    "assistants.delete": Case(
        lambda client: client.assistants.delete("a"),
        "DELETE",
        "/assistants/a",
        None,
        AssistantDeleted,
    ),
    "threads.create": Case(
        lambda client: client.threads.create(
            messages=[{"role": "user", "content": "Hi"}], metadata={"a": "b"}
        ),
        "POST",
        "/threads",
        {"messages": [{"role": "user", "content": "Hi"}], "metadata": {"a": "b"}},
        Thread,
    ),
    "threads.retrieve": Case(
        lambda client: client.threads.retrieve("t"), "GET", "/threads/t", None, Thread
    ),
    "threads.update": Case(
        lambda client: client.threads.update(
            "t", metadata=None, tool_resources={"code_interpreter": {"file_ids": []}}
        ),
        "POST",
        "/threads/t",
        {"metadata": None, "tool_resources": {"code_interpreter": {"file_ids": []}}},
        Thread,
    ),
    "threads.delete": Case(
        lambda client: client.threads.delete("t"), "DELETE", "/threads/t", None, ThreadDeleted
    ),
    "threads.create_and_run": Case(
        lambda client: client.threads.create_and_run(assistant_id="a", thread={"messages": []}),
        "POST",
        "/threads/runs",
        {"assistant_id": "a", "thread": {"messages": []}},
        Run,
    ),
    "messages.create": Case(
        lambda client: client.threads.messages.create(
            "t", role="user", content="Hi", attachments=None
        ),
        "POST",
        "/threads/t/messages",
        {"role": "user", "content": "Hi", "attachments": None},
        Message,
    ),
    "messages.retrieve": Case(
        lambda client: client.threads.messages.retrieve("m", **WITHIN),
        "GET",
        "/threads/t/messages/m",
        None,
        Message,
    ),
    "messages.update": Case(
        lambda client: client.threads.messages.update("m", **WITHIN, metadata={}),
        "POST",
        "/threads/t/messages/m",
        {"metadata": {}},
        Message,
    ),
    "messages.delete": Case(
        lambda client: client.threads.messages.delete("m", **WITHIN),
        "DELETE",
        "/threads/t/messages/m",
        None,
        MessageDeleted,
    ),
    "runs.create": Case(
        lambda client: client.threads.runs.create(
            "t",
            assistant_id="a",
            model="m",
            instructions="i",
            additional_instructions="more",
            additional_messages=[{"role": "user", "content": "Hi"}],
            tools=[],
            metadata={},
            temperature=1,
            top_p=1,
            max_prompt_tokens=300,
            max_completion_tokens=400,
            truncation_strategy={"type": "last_messages", "last_messages": 3},
            tool_choice="none",
            parallel_tool_calls=False,
            response_format={"type": "json_object"},
            reasoning_effort=None,
            include=["step_details.x"],
        ),
        "POST",
        "/threads/t/runs?include[]=step_details.x",
        {
            "assistant_id": "a",
            "model": "m",
            "instructions": "i",
            "additional_instructions": "more",
            "additional_messages": [{"role": "user", "content": "Hi"}],
            "tools": [],
            "metadata": {},
            "temperature": 1,
            "top_p": 1,
            "max_prompt_tokens": 300,
            "max_completion_tokens": 400,
            "truncation_strategy": {"type": "last_messages", "last_messages": 3},
            "tool_choice": "none",
            "parallel_tool_calls": False,
            "response_format": {"type": "json_object"},
            "reasoning_effort": None,
        },
        Run,
    ),
    "runs.retrieve": Case(
        lambda client: client.threads.runs.retrieve(run_id="r", thread_id="t"),
        "GET",
        "/threads/t/runs/r",
        None,
        Run,
    ),
    "runs.update": Case(
        lambda client: client.threads.runs.update("r", **WITHIN, metadata={"a": "b"}),
        "POST",
        "/threads/t/runs/r",
        {"metadata": {"a": "b"}},
        Run,
    ),
    "runs.cancel": Case(
        lambda client: client.threads.runs.cancel("r", **WITHIN),
        "POST",
        "/threads/t/runs/r/cancel",
        None,
        Run,
    ),
    "runs.submit_tool_outputs": Case(
        lambda client: client.threads.runs.submit_tool_outputs(
            "r", **WITHIN, tool_outputs=[{"tool_call_id": "c", "output": "1"}]
        ),
        "POST",
        "/threads/t/runs/r/submit_tool_outputs",
        {"tool_outputs": [{"tool_call_id": "c", "output": "1"}]},
        Run,
    ),
    "runs.delete": Case(
        lambda client: client.threads.runs.delete("r", **WITHIN),
        "DELETE",
        "/threads/t/runs/r",
        None,
        RunDeleted,
    ),
    "runs.steps.retrieve": Case(
        lambda client: client.threads.runs.steps.retrieve(
            "s", **WITHIN, run_id="r", include=["a", "b"]
        ),
        "GET",
        "/threads/t/runs/r/steps/s?include[]=a&include[]=b",
        None,
        RunStep,
        STEP,
    ),
    "files.retrieve": Case(
        lambda client: client.files.retrieve("f"), "GET", "/files/f", None, File
    ),
    "files.delete": Case(
        lambda client: client.files.delete("f"), "DELETE", "/files/f", None, FileDeleted
    ),
    "models.retrieve": Case(
        lambda client: client.models.retrieve("org/model"),
        "GET",
        "/models/org%2Fmodel",
        None,
        Model,
    ),
    "vector_stores.create": Case(
        lambda client: client.vector_stores.create(
            name="n", file_ids=["f"], expires_after={"anchor": "last_active_at", "days": 3}
        ),
        "POST",
        "/vector_stores",
        {"expires_after": {"anchor": "last_active_at", "days": 3}, "file_ids": ["f"], "name": "n"},
        VectorStore,
    ),
    "vector_stores.retrieve": Case(
        lambda client: client.vector_stores.retrieve("v"),
        "GET",
        "/vector_stores/v",
        None,
        VectorStore,
    ),
    "vector_stores.update": Case(
        lambda client: client.vector_stores.update("v", name=None),
        "POST",
        "/vector_stores/v",
        {"name": None},
        VectorStore,
    ),
    "vector_stores.delete": Case(
        lambda client: client.vector_stores.delete("v"),
        "DELETE",
        "/vector_stores/v",
        None,
        VectorStoreDeleted,
    ),
    "vector_stores.files.create": Case(
        lambda client: client.vector_stores.files.create("v", file_id="f", attributes={"a": 1}),
        "POST",
        "/vector_stores/v/files",
        {"file_id": "f", "attributes": {"a": 1}},
        VectorStoreFile,
    ),
    "vector_stores.files.retrieve": Case(
        lambda client: client.vector_stores.files.retrieve("f", **STORE),
        "GET",
        "/vector_stores/v/files/f",
        None,
        VectorStoreFile,
    ),
    "vector_stores.files.update": Case(
        lambda client: client.vector_stores.files.update("f", **STORE, attributes=None),
        "POST",
        "/vector_stores/v/files/f",
        {"attributes": None},
        VectorStoreFile,
    ),
    "vector_stores.files.delete": Case(
        lambda client: client.vector_stores.files.delete("f", **STORE),
        "DELETE",
        "/vector_stores/v/files/f",
        None,
        VectorStoreFileDeleted,
    ),
    "vector_stores.file_batches.create": Case(
        lambda client: client.vector_stores.file_batches.create("v", files=[{"file_id": "f"}]),
        "POST",
        "/vector_stores/v/file_batches",
        {"files": [{"file_id": "f"}]},
        VectorStoreFileBatch,
    ),
    "vector_stores.file_batches.retrieve": Case(
        lambda client: client.vector_stores.file_batches.retrieve("b", **STORE),
        "GET",
        "/vector_stores/v/file_batches/b",
        None,
        VectorStoreFileBatch,
    ),
    "vector_stores.file_batches.cancel": Case(
        lambda client: client.vector_stores.file_batches.cancel("b", **STORE),
        "POST",
        "/vector_stores/v/file_batches/b/cancel",
        None,
        VectorStoreFileBatch,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_call_sends_what_it_says_and_gives_what_came(
    case: Case, client: Client, canned_server: CannedServer
):
    canned_server.replies(Reply({**case.answer, "novelty": 7}))
    result = case.call(client)
    [asked] = canned_server.requests
    assert (asked.method, asked.target) == (case.method, f"/v1{case.target}")
    assert (asked.json if asked.body else None) == case.body
    assert type(result) is case.type
    assert result.id == "x_1"
    assert result.unknown_fields == {"novelty": 7}
    assert result.to_dict() == {**case.answer, "novelty": 7}
    assert result._request_id == "req_1"


def test_each_request_says_who_asks_and_with_what(client: Client, canned_server: CannedServer):
    canned_server.replies(Reply({"id": "thread_1"}))
    client.threads.create()
    headers = canned_server.requests[0].headers
    assert headers["authorization"] == "Bearer key"
    assert headers["openai-beta"] == "assistants=v2"
    assert headers["user-agent"].startswith("Threadkeep/")
    assert headers["idempotency-key"]
    assert canned_server.requests[0].body == b"{}"


def test_an_empty_id_never_leaves(client: Client, canned_server: CannedServer):
    with pytest.raises(ValueError, match="`run_id`"):
        client.threads.runs.retrieve("", thread_id="t")
    with pytest.raises(ValueError, match="`thread_id`"):
        client.threads.messages.list("")
    assert canned_server.requests == []


def test_old_code_says_beta(client: Client, canned_server: CannedServer):
    canned_server.replies(Reply({"id": "thread_1"}))
    assert (client.beta.threads.retrieve("thread_1")).id == "thread_1"
    assert client.beta.threads is client.threads


def test_options_of_one_call(client: Client, canned_server: CannedServer):
    canned_server.replies(Reply({"id": "thread_1"}))
    client.threads.create(
        extra_headers={"X-Trace": "7"}, extra_query={"dry": True}, extra_body={"mood": "fine"}
    )
    [asked] = canned_server.requests
    assert asked.headers["x-trace"] == "7"
    assert asked.query == [("dry", "true")]
    assert asked.json == {"mood": "fine"}


def test_a_copy_has_other_options_on_the_same_connections(
    client: Client, canned_server: CannedServer
):
    canned_server.replies(Reply({"id": "thread_1"}))
    other = client.with_options(api_key="other", organization="org", timeout=3)
    other.threads.create()
    client.threads.create()
    second, first = canned_server.requests[0].headers, canned_server.requests[1].headers
    assert second["authorization"] == "Bearer other"
    assert second["openai-organization"] == "org"
    assert first["authorization"] == "Bearer key"
    assert (other.timeout.read, other.max_retries) == (3, 0)
    assert (other.api_key, other.organization, other.project) == ("other", "org", None)
    assert repr(other) == repr(client)
    assert client.base_url == canned_server.base_url


def test_types_of_content(client: Client, canned_server: CannedServer):
    canned_server.replies(
        Reply(
            {
                "id": "msg_1",
                "content": [{"type": "text", "text": {"value": "Hi", "annotations": []}}],
            }
        )
    )
    message = client.threads.messages.create(
        "t",
        role="user",
        content=[
            {"type": "text", "text": "Hi"},
            {"type": "image_file", "image_file": {"file_id": "f"}},
        ],
    )
    [part] = message.content
    assert isinstance(part, TextPart)
    assert part.text.value == "Hi"
