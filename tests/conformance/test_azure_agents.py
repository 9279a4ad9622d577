"""The SDK of Azure AI Agents, unmodified; it asks for `api-version=v1` in every call."""

from __future__ import annotations

import pytest

from tests.conformance import expected
from tests.support.client_runs import ClientRun, check_record, python_client, run_client

pytestmark = pytest.mark.timeout(600)  # its environment may have to be made first

CLIENT = python_client(
    "azure-ai-agents",
    "Azure AI Agents for Python",
    "azure_agents.py",
    "azure-ai-agents",
    notes=(
        "Tokens of Entra are sent over TLS alone; a plain HTTP address needs an `authentication_policy` with a key.",
        "It offers no call that deletes a message.",
        "A file that is given as a stream is named in a form field beside it, which is read with `api-version=v1`.",
        "The `expires_at` of a run step is called `expired_at` by it.",
    ),
)
STREAM = {
    "callbacks": {
        "on_done": 2,  # one handler hears of both streams: until the calls, and after their outputs
        "on_message_delta": 7,
        "on_run_step": 9,
        "on_run_step_delta": 6,
        "on_thread_message": 6,
        "on_thread_run": 7,
    },
    "runs": [
        "queued",
        "queued",
        "in_progress",
        "requires_action",
        "queued",
        "in_progress",
        "completed",
    ],
    "text": "Let me look.In short: rain, sun.",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ClientRun:
    return run_client(CLIENT, tmp_path_factory.mktemp(CLIENT.name))


def test_objects(run: ClientRun):
    assert run.saw["objects"] == {
        "agent read": True,
        "agent renamed": "Eve",
        "thread read": {"b": "2"},
        "thread changed": {"c": "3"},
        "message read": True,
        "message changed": {"d": "4"},
        "deleted": ["ResourceNotFoundError", 404, "No assistant found with id 'asst_id'."],
    }


def test_lists_and_that_of_threads_is_served_too(run: ClientRun):
    assert run.saw["lists"] == {
        "newest first": expected.NUMBERS[::-1],
        "oldest first": expected.NUMBERS,
        "threads": True,
        "agents": True,
    }


def test_runs_that_are_waited_for(run: ClientRun):
    assert run.saw["processing"] == {
        "statuses": ["completed", "completed"],
        "steps": [step for step, _ in expected.POLLING["steps"]],
        "outputs": ["rain", "sun"],
        "said": expected.SAID,
        "last": "You said: Thank you.",
    }


def test_a_run_that_is_streamed_through_its_calls(run: ClientRun):
    assert run.saw["streaming"] == STREAM


def test_files_and_a_run_that_searches_them(run: ClientRun):
    assert run.saw["files"] == {
        "statuses": ["processed", "completed", "completed", "completed"],
        "listed": ["owls", "whales"],
        "file read": True,
        "batch read": True,
        "of the batch": 2,
        "changed": "Beasts",
        "stores": True,
        "answer": [expected.FOUND, "whales"],
        "files": 2,
        "file": "whales.txt",
        "gone": ["ResourceNotFoundError", 404, "No such File object: file_id"],
    }


def test_a_run_that_is_cancelled(run: ClientRun):
    assert run.saw["cancelling"] == ["requires_action", "cancelling", "cancelled"]


def test_errors(run: ClientRun):
    assert run.saw["errors"] == {
        "missing": ["ResourceNotFoundError", 404, "No thread found with id 'thread_gone'."],
        "locked": [
            "HttpResponseError",
            400,
            "Can't add messages to thread_id while a run run_id is active.",
        ],
    }


def test_the_asynchronous_client(run: ClientRun):
    said = ["How is the weather in Oslo and in Rome?", "Let me look.", "In short: rain, sun."]
    assert run.saw["async"] == {**STREAM, "said": said}


def test_nothing_failed_on_the_way(run: ClientRun):
    assert {seen.status for seen in run.seen} == {200, 400, 404}
    assert {"GET /threads", "POST /threads/runs"} <= set(run.operations)


def test_it_is_recorded_for_the_compatibility_page(run: ClientRun):
    check_record(run)
