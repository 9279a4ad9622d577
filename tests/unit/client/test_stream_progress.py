"""Whether a stream that broke off is taken up again, and when."""

import pytest

from threadkeep.client.run_stream import RunSnapshots
from threadkeep.client.stream_progress import StreamProgress
from threadkeep.errors import APIConnectionError, APITimeoutError
from threadkeep.types.event import RunEvent
from threadkeep.types.run import Run
from threadkeep.wire.retry import RESUME_TRIES

BROKEN = APIConnectionError("broken")
SILENT = APITimeoutError("silent")


def event(status="in_progress") -> RunEvent:
    return RunEvent("thread.run.in_progress", Run(id="run_1", thread_id="thread_1", status=status))


@pytest.fixture
def progress() -> StreamProgress:
    progress = StreamProgress(RunSnapshots(), until="requires_action")
    progress.take(event(), "1.0")
    return progress


def test_it_is_tried_so_often_and_less_and_less_eagerly(progress):
    delays = []
    while progress.break_off(BROKEN):
        delays.append(progress.delay(luck=0))
    assert len(delays) == RESUME_TRIES
    assert delays[:4] == [0.0, 0.5, 1.0, 2.0]
    assert 30 <= sum(delays) <= 60


def test_an_event_begins_a_new_count(progress):
    for number in range(100):
        assert progress.break_off(BROKEN)
        progress.take(event(), f"1.{number}")


def test_a_silence_is_broken_once(progress):
    assert progress.break_off(SILENT)
    assert progress.delay(luck=0) == 0
    assert not progress.break_off(SILENT)


@pytest.mark.parametrize("event_id", [None, "", "msg_1", "7", "1.2.3"])
def test_only_numbers_of_ours_lead_back(event_id):
    progress = StreamProgress(RunSnapshots(), until="requires_action")
    progress.take(event(), event_id)
    assert not progress.break_off(BROKEN)


@pytest.mark.parametrize("status", ["completed", "failed", "requires_action"])
def test_nothing_follows_the_end(progress, status):
    progress.take(event(status), "1.1")
    assert not progress.break_off(BROKEN)


def test_for_who_watches_to_the_end_a_waiting_run_is_none():
    progress = StreamProgress(RunSnapshots(), until="terminal")
    progress.take(event("requires_action"), "1.1")
    assert progress.break_off(None)
    progress.take(event("completed"), "3.1")
    assert not progress.break_off(None)
