"""The official Node SDK in four generations, unmodified: everything that its streams emit is counted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import expected
from tests.support.client_runs import Client, ClientRun, check_record, node_client, run_client

pytestmark = pytest.mark.timeout(600)  # packages may have to be installed first

OLD = ("openai-node-4", "openai-node-5", "openai-node-6")
SNAPSHOTS = (
    "`finalMessages()` answers what was put together from deltas, so that a message is `in_progress` in it; "
    "the event `messageDone` and version 7 tell the final message."
)
LAST = "The stream's event `run` is emitted since version 7."
ORDER = (
    "Calls take the outer id first: `runs.retrieve(threadId, runId)`. Code of this kind under a later version sends "
    "`undefined` for an id, and is answered with 400."
)
CLIENTS = [
    node_client(name, "openai for Node", "openai_node.mjs", notes)
    for name, notes in [
        ("openai-node-4", (ORDER, SNAPSHOTS, LAST)),
        ("openai-node-5", (SNAPSHOTS, LAST)),
        ("openai-node-6", (SNAPSHOTS, LAST)),
        ("openai-node-7", ()),
    ]
]
EVERY_STREAM = {"connect": 1, "end": 1}
EVERY_MESSAGE = {"messageCreated": 1, "messageDone": 1, "textCreated": 1, "textDone": 1}


@pytest.fixture(scope="module", params=CLIENTS, ids=str)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ClientRun:
    client: Client = request.param
    return run_client(client, tmp_path_factory.mktemp(client.name))


def emitted(run: ClientRun, events: dict[str, int], text: str | None, **others: int) -> Any:
    """What a stream emits: each event once, the others as given; since version 7 the final run too."""
    last = {} if run.client.name in OLD else {"run": 1}
    message = EVERY_MESSAGE if text else {}
    count = {"event": sum(events.values())}
    return {
        "callbacks": {**EVERY_STREAM, **message, **last, **count, **others},
        "events": events,
        "texts": [text] if text else [],
    }


def final_message(run: ClientRun, status: str) -> str:
    return "in_progress" if run.client.name in OLD else status


def test_objects(run: ClientRun):
    assert run.saw["objects"] == expected.OBJECTS


def test_lists(run: ClientRun):
    assert run.saw["lists"] == expected.LISTS


def test_runs_that_are_waited_for(run: ClientRun):
    assert run.saw["polling"] == expected.POLLING


def test_runs_that_are_streamed(run: ClientRun):
    saw = run.saw["streaming"]
    assert saw["call"] == emitted(
        run,
        expected.CALL_EVENTS,
        "Let me look.",
        messageDelta=3,
        textDelta=3,
        runStepCreated=2,
        runStepDone=1,
        runStepDelta=6,
        toolCallCreated=2,
        toolCallDelta=4,
        toolCallDone=2,
    )
    words = {"messageDelta": 4, "textDelta": 4, "runStepCreated": 1}
    assert saw["answer"] == emitted(
        run, expected.ANSWER_EVENTS, "In short: rain, sun.", **words, runStepDone=2
    )
    assert saw["third"] == emitted(
        run, expected.THIRD_EVENTS, "You said: Thank you.", **words, runStepDone=1
    )
    assert saw["pieces"] == ["In", " short:", " rain,", " sun."]
    assert saw["raw"] == expected.RAW_EVENTS
    steps = [["tool_calls", "completed"], ["message_creation", "completed"]]
    assert saw["final"] == ["requires_action", [final_message(run, "completed")], steps]


def test_runs_that_are_cancelled(run: ClientRun):
    one_word = {"messageDelta": 1, "textDelta": 1, "runStepCreated": 1, "runStepDone": 1}
    assert run.saw["cancelling"] == {
        "waiting": ["cancelling", "cancelled"],
        "open stream": emitted(run, expected.CANCELLED_EVENTS, "One moment", **one_word),
        "message": [
            final_message(run, "incomplete"),
            None if run.client.name in OLD else "run_cancelled",
        ],
        "run": "cancelled",
    }


def test_errors(run: ClientRun):
    failing = emitted(run, expected.FAILED_EVENTS, None)
    assert run.saw["errors"] == {**expected.ERRORS, "failed stream": failing}


def test_files(run: ClientRun):
    assert run.saw["files"] == expected.FILES


def test_vector_stores(run: ClientRun):
    assert run.saw["vector_stores"] == expected.VECTOR_STORES


def test_a_run_that_searches_files(run: ClientRun):
    search = {"runStepDelta": 1, "toolCallCreated": 1, "toolCallDone": 1}
    words = {"messageDelta": 5, "textDelta": 5, "runStepCreated": 2, "runStepDone": 2}
    stream = emitted(run, expected.SEARCH_EVENTS, expected.FOUND, **search, **words)
    assert run.saw["searching"] == {**expected.SEARCHING, "stream": stream}


def test_nothing_failed_on_the_way(run: ClientRun):
    assert {seen.status for seen in run.seen} == {200, 400, 404}


def test_it_is_recorded_for_the_compatibility_page(run: ClientRun):
    check_record(run)
