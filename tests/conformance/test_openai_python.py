"""The official Python SDK in three generations, and its client for Azure, unmodified: every callback is counted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import expected
from tests.support.client_environments import OWN
from tests.support.client_runs import Client, ClientRun, check_record, python_client, run_client

pytestmark = pytest.mark.timeout(600)  # an environment may have to be made first

SCRIPT = "openai_python.py"
CLIENTS = [
    python_client("openai-python-1", "openai for Python", SCRIPT, "openai-python-1"),
    python_client("openai-python-2", "openai for Python", SCRIPT, "openai-python-2"),
    python_client("openai-python-3", "openai for Python", SCRIPT, OWN),
    python_client("azure-openai-python-3", "AzureOpenAI for Python", "azure_openai.py", OWN),
]
EVERY_MESSAGE = {
    "on_end": 1,
    "on_message_created": 1,
    "on_message_done": 1,
    "on_text_created": 1,
    "on_text_done": 1,
}


@pytest.fixture(scope="module", params=CLIENTS, ids=str)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ClientRun:
    client: Client = request.param
    return run_client(client, tmp_path_factory.mktemp(client.name))


def callbacks(events: dict[str, int], **others: int) -> dict[str, Any]:
    """What a handler counts: each event once, the others as given."""
    return {"callbacks": {"on_event": sum(events.values()), **others}, "events": events}


CALL = {
    **callbacks(
        expected.CALL_EVENTS,
        **EVERY_MESSAGE,
        on_message_delta=3,
        on_text_delta=3,
        on_run_step_created=2,
        on_run_step_done=1,  # the calls are done only when their outputs are there
        on_run_step_delta=6,
        on_tool_call_created=2,
        on_tool_call_delta=4,  # the first delta of each call creates it
        on_tool_call_done=2,
    ),
    "texts": ["Let me look."],
}
ANSWER = {
    **callbacks(
        expected.ANSWER_EVENTS,
        **EVERY_MESSAGE,
        on_message_delta=4,
        on_text_delta=4,
        on_run_step_created=1,
        on_run_step_done=2,  # that of the calls, which this handler has not seen begin, and its own
    ),
    "texts": ["In short: rain, sun."],
}
THIRD = {
    **callbacks(
        expected.THIRD_EVENTS,
        **EVERY_MESSAGE,
        on_message_delta=4,
        on_text_delta=4,
        on_run_step_created=1,
        on_run_step_done=1,
    ),
    "texts": ["You said: Thank you."],
}
CANCELLED = {
    **callbacks(
        expected.CANCELLED_EVENTS,
        **EVERY_MESSAGE,
        on_message_delta=1,
        on_text_delta=1,
        on_run_step_created=1,
        on_run_step_done=1,
    ),
    "texts": ["One moment"],
}
SEARCH = {
    **callbacks(
        expected.SEARCH_EVENTS,
        **EVERY_MESSAGE,
        on_message_delta=5,
        on_text_delta=5,
        on_run_step_created=2,
        on_run_step_done=2,
        on_run_step_delta=1,
        on_tool_call_created=1,
        on_tool_call_done=3,  # at the end of every step and of the run: the handler never forgets the last call
    ),
    "texts": [expected.FOUND],
}
FAILED = {**callbacks(expected.FAILED_EVENTS, on_end=1), "texts": []}


def test_objects(run: ClientRun):
    assert run.saw["objects"] == expected.OBJECTS


def test_lists(run: ClientRun):
    assert run.saw["lists"] == expected.LISTS


def test_runs_that_are_waited_for(run: ClientRun):
    assert run.saw["polling"] == expected.POLLING


def test_runs_that_are_streamed(run: ClientRun):
    saw = run.saw["streaming"]
    assert saw["call"] == CALL
    assert saw["answer"] == ANSWER
    assert saw["third"] == THIRD
    assert saw["pieces"] == ["In", " short:", " rain,", " sun."]
    assert saw["final"] == ["requires_action", ["completed"], ["message_creation"]]
    assert saw["raw"] == expected.RAW_EVENTS


def test_runs_that_are_cancelled(run: ClientRun):
    assert run.saw["cancelling"] == {
        "waiting": ["cancelling", "cancelled"],
        "open stream": CANCELLED,
        "message": ["incomplete", "run_cancelled"],
        "run": "cancelled",
    }


def test_errors(run: ClientRun):
    more = {"request id": "req_", "failed stream": FAILED}
    assert run.saw["errors"] == {**expected.ERRORS, **more}


def test_files(run: ClientRun):
    assert run.saw["files"] == expected.FILES


def test_vector_stores(run: ClientRun):
    assert run.saw["vector_stores"] == expected.VECTOR_STORES


def test_a_run_that_searches_files(run: ClientRun):
    assert run.saw["searching"] == {**expected.SEARCHING, "stream": SEARCH}


def test_the_asynchronous_client(run: ClientRun):
    assert run.saw["async"] == {
        "polling": [*expected.POLLING["statuses"], expected.SAID],
        "streaming": {"call": CALL, "answer": ANSWER, "third": THIRD},
        "listed": [str(number) for number in range(25)][::-1],
        "files": {
            "statuses": ["processed", *["completed"] * 4],
            "uploaded": 5,
            "listed": 7,
            "found": ["whales.txt"],
        },
    }


def test_nothing_failed_on_the_way(run: ClientRun):
    assert {seen.status for seen in run.seen} == {200, 400, 404}


def test_it_is_recorded_for_the_compatibility_page(run: ClientRun):
    check_record(run)
