# Generated from tests/client/_async/test_resuming.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Streams that break off are taken up again where they were, if the server numbers its events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.canned_server import CannedServer, Reply, raw_stream, sse
from tests.support.events import message, run, step, text_delta, text_run
from threadkeep import APIConnectionError, AssistantEventHandler, Client, RunStream
from threadkeep.types.event import RunRestartEvent
from threadkeep.types.run import RunRestart

DONE = b"event: done\ndata: [DONE]\n\n"
SAID = text_run("Hi", " there", " you")
DELTAS = 7
"""The place of the first delta in `SAID`."""
RESTARTED = "thread.run.restarted", {"id": "run_1", "object": "thread.run.restart", "epoch": 2}


def numbered(*events: tuple[str, Any], first: int = 0, epoch: int = 1) -> list[bytes]:
    return [
        sse(name, data, f"{epoch}.{number}") for number, (name, data) in enumerate(events, first)
    ]


def resuming(canned_server: CannedServer, **options: Any) -> Client:
    return Client(api_key="key", base_url=canned_server.base_url, **options)


def streamed(client: Client) -> RunStream:
    return client.threads.runs.stream("thread_1", assistant_id="asst_1")


def test_a_stream_asks_for_numbers(canned_server: CannedServer):
    canned_server.replies(raw_stream(*numbered(*SAID), DONE))
    with resuming(canned_server) as client, streamed(client) as stream:
        assert stream.last_event_id is None
        stream.until_done()
        assert stream.last_event_id == f"1.{len(SAID) - 1}"
    [asked] = canned_server.requests
    assert asked.headers["threadkeep-events"] == "numbered"


@pytest.mark.parametrize("seen", range(1, len(SAID)))
def test_a_broken_stream_goes_on_where_it_was(canned_server: CannedServer, seen: int):
    canned_server.replies(
        raw_stream(*numbered(*SAID[:seen]), then_drop=True),
        raw_stream(*numbered(*SAID[seen:], first=seen), DONE),
    )
    with resuming(canned_server) as client, streamed(client) as stream:
        events = [event.event for event in stream]
        assert (stream.get_final_run()).status == "completed"
        [final] = stream.get_final_messages()
    assert events == [name for name, _ in SAID]
    assert final.to_dict()["content"][0]["text"]["value"] == "Hi there you"
    again = canned_server.requests[1]
    assert (again.method, again.path) == ("GET", "/v1/threads/thread_1/runs/run_1/events")
    assert dict(again.query) == {"after": f"1.{seen - 1}", "until": "requires_action"}
    assert again.headers["accept"] == "text/event-stream"


def test_a_stream_that_just_ends_too_early_goes_on_too(canned_server: CannedServer):
    canned_server.replies(
        raw_stream(*numbered(*SAID[:8])), raw_stream(*numbered(*SAID[8:], first=8), DONE)
    )
    with resuming(canned_server) as client, streamed(client) as stream:
        assert [text for text in stream.text_deltas] == ["Hi", " there", " you"]


def test_what_comes_whole_after_a_break_is_completed_as_text(canned_server: CannedServer):
    """From its records the server tells no delta of a message that was seen in part."""
    seen, closed = DELTAS + 1, DELTAS + 3
    canned_server.replies(
        raw_stream(*numbered(*SAID[:seen]), then_drop=True),
        raw_stream(*numbered(*SAID[closed:], first=closed), DONE),
    )
    with resuming(canned_server) as client, streamed(client) as stream:
        assert [text for text in stream.text_deltas] == ["Hi", " there you"]


def test_the_connection_may_break_again_and_again(canned_server: CannedServer):
    parts = [numbered(event, first=number) for number, event in enumerate(SAID)]
    canned_server.replies(
        *(raw_stream(*part, then_drop=True) for part in parts[:-1]), raw_stream(*parts[-1], DONE)
    )
    with resuming(canned_server) as client, streamed(client) as stream:
        assert [text for text in stream.text_deltas] == ["Hi", " there", " you"]
    assert len(canned_server.requests) == len(SAID)


def test_a_server_that_is_away_for_a_moment_is_asked_again(canned_server: CannedServer):
    canned_server.replies(
        raw_stream(*numbered(*SAID[:8]), then_drop=True),
        Reply({"error": {"message": "Starting."}}, 503, {"retry-after-ms": "1"}),
        raw_stream(*numbered(*SAID[8:], first=8), DONE),
    )
    with resuming(canned_server) as client, streamed(client) as stream:
        stream.until_done()
    assert len(canned_server.requests) == 3


def test_without_numbers_a_break_is_raised(canned_server: CannedServer):
    canned_server.replies(raw_stream(*(sse(*event) for event in SAID[:8]), then_drop=True))
    with resuming(canned_server) as client, streamed(client) as stream:
        with pytest.raises(APIConnectionError):
            stream.until_done()
    assert len(canned_server.requests) == 1


def test_who_wants_no_retries_gets_none(canned_server: CannedServer):
    canned_server.replies(raw_stream(*numbered(*SAID[:8]), then_drop=True))
    with resuming(canned_server, max_retries=0) as client, streamed(client) as stream:
        with pytest.raises(APIConnectionError):
            stream.until_done()
    assert len(canned_server.requests) == 1


def test_nothing_is_asked_for_after_the_end(canned_server: CannedServer):
    canned_server.replies(raw_stream(*numbered(*SAID)))
    with resuming(canned_server) as client, streamed(client) as stream:
        stream.until_done()
    assert len(canned_server.requests) == 1


def test_a_server_without_that_call_leaves_it_at_the_break(canned_server: CannedServer):
    canned_server.replies(
        raw_stream(*numbered(*SAID[:8]), then_drop=True),
        Reply({"error": {"message": "Invalid URL"}}, 404),
    )
    with resuming(canned_server) as client, streamed(client) as stream:
        with pytest.raises(APIConnectionError):
            stream.until_done()


def test_a_restart_drops_what_was_not_completed(canned_server: CannedServer):
    anew = [RESTARTED, run("in_progress"), *SAID[3:]]
    canned_server.replies(
        raw_stream(*numbered(*SAID[:8]), then_drop=True),
        raw_stream(*numbered(*anew, epoch=2), DONE),
    )
    with resuming(canned_server) as client, streamed(client) as stream:
        for event in stream:
            if isinstance(event, RunRestartEvent):
                assert event.data == RunRestart(id="run_1", epoch=2)
                assert stream.current_message_snapshot is None
                assert stream.current_run_step_snapshot is None
        [final] = stream.get_final_messages()
    assert final.to_dict()["content"][0]["text"]["value"] == "Hi there you"


def test_a_restart_keeps_what_was_completed(canned_server: CannedServer):
    first = [step("created"), message("created"), text_delta("Well.", first=True)]
    closed = [message("completed", "Well."), step("completed")]
    canned_server.replies(raw_stream(*numbered(*first, *closed, RESTARTED, run("completed")), DONE))
    with resuming(canned_server) as client, streamed(client) as stream:
        stream.until_done()
        [kept] = stream.get_final_messages()
    assert kept.status == "completed"


class Listener(AssistantEventHandler):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def on_run_restarted(self, restart: RunRestart) -> None:
        self.told.append(restart.epoch)

    def on_text_done(self, text: Any) -> None:
        self.told.append(text.value)


def test_an_event_handler_is_told_of_a_restart(canned_server: CannedServer):
    canned_server.replies(
        raw_stream(*numbered(*SAID[:8]), then_drop=True),
        raw_stream(*numbered(RESTARTED, *SAID[2:], epoch=2), DONE),
    )
    listener = Listener()
    with (
        resuming(canned_server) as client,
        client.threads.runs.stream(
            "thread_1", assistant_id="asst_1", event_handler=listener
        ) as stream,
    ):
        stream.until_done()
    assert listener.told == [2, "Hi there you"]


def test_submitted_outputs_are_not_submitted_again(canned_server: CannedServer):
    events = [step("completed", calls=[]), run("queued"), run("in_progress"), run("completed")]
    canned_server.replies(
        raw_stream(*numbered(*events[:1], epoch=2), then_drop=True),
        raw_stream(*numbered(*events[1:], first=1, epoch=2), DONE),
    )
    with (
        resuming(canned_server) as client,
        client.threads.runs.submit_tool_outputs_stream(
            "run_1",
            thread_id="thread_1",
            tool_outputs=[{"tool_call_id": "call_1", "output": "rain"}],
        ) as stream,
    ):
        assert (stream.get_final_run()).status == "completed"
    assert [asked.method for asked in canned_server.requests] == ["POST", "GET"]
    assert canned_server.requests[1].path == "/v1/threads/thread_1/runs/run_1/events"


def test_a_run_can_be_watched(canned_server: CannedServer):
    canned_server.replies(
        raw_stream(*numbered(*SAID[3:8], first=3), then_drop=True),
        raw_stream(*numbered(*SAID[8:], first=8), DONE),
    )
    with (
        resuming(canned_server) as client,
        client.threads.runs.events("run_1", thread_id="thread_1", after="1.2") as stream,
    ):
        assert [text for text in stream.text_deltas] == ["Hi", " there", " you"]
    first, again = canned_server.requests
    assert (first.method, first.path) == ("GET", "/v1/threads/thread_1/runs/run_1/events")
    assert dict(first.query) == {"after": "1.2", "until": "terminal"}
    assert dict(again.query) == {"after": "1.7", "until": "terminal"}


def test_watching_goes_on_past_tool_calls(canned_server: CannedServer):
    waiting = [run("in_progress"), run("requires_action")]
    canned_server.replies(
        raw_stream(*numbered(*waiting)),
        raw_stream(*numbered(run("queued"), run("completed"), epoch=2), DONE),
    )
    with (
        resuming(canned_server) as client,
        client.threads.runs.events("run_1", thread_id="thread_1") as stream,
    ):
        events = [event.event for event in stream]
    assert events[-2:] == ["thread.run.queued", "thread.run.completed"]


def test_what_a_message_included_is_included_again(canned_server: CannedServer):
    canned_server.replies(
        raw_stream(*numbered(*SAID[:3]), then_drop=True),
        raw_stream(*numbered(*SAID[3:], first=3), DONE),
    )
    content = "step_details.tool_calls[*].file_search.results[*].content"
    with (
        resuming(canned_server) as client,
        client.threads.runs.stream("thread_1", assistant_id="asst_1", include=[content]) as stream,
    ):
        stream.until_done()
    assert ("include[]", content) in canned_server.requests[1].query


def test_a_run_can_be_waited_for(canned_server: CannedServer):
    _, data = run("completed")
    canned_server.replies(Reply(data))
    with resuming(canned_server) as client:
        client.threads.runs.retrieve("run_1", thread_id="thread_1", wait=30)
    assert canned_server.requests[0].query == [("wait", "30")]
