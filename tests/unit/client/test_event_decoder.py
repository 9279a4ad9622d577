"""From bytes to events."""

from __future__ import annotations

import pytest

from tests.support.canned_server import sse
from threadkeep.client.event_decoder import EventDecoder
from threadkeep.errors import APIResponseValidationError, APIStreamError
from threadkeep.types.event import RunEvent, UnknownEvent

RUN = {"id": "run_1", "object": "thread.run", "status": "queued"}
PROBLEM = {"message": "Broken.", "type": "server_error", "param": None, "code": "x"}


def test_events_come_typed_until_the_server_is_done():
    decoder = EventDecoder()
    [event] = decoder.feed(sse("thread.run.queued", RUN) + sse("done", "[DONE]"))
    assert isinstance(event, RunEvent)
    assert (event.event, event.data.id) == ("thread.run.queued", "run_1")
    assert decoder.is_done


def test_an_event_of_a_newer_server_comes_as_it_is():
    [event] = EventDecoder().feed(sse("thread.run.pondered", {"id": "run_1"}))
    assert event == UnknownEvent("thread.run.pondered", {"id": "run_1"})


@pytest.mark.parametrize("data", [PROBLEM, {"error": PROBLEM}, {"error": PROBLEM, **PROBLEM}])
def test_an_error_event_is_raised_after_what_came_before(data: object):
    events = EventDecoder().feed(sse("thread.run.queued", RUN) + sse("error", data))
    assert next(events).event == "thread.run.queued"
    with pytest.raises(APIStreamError, match=r"^Broken\.$") as caught:
        next(events)
    assert (caught.value.type, caught.value.code) == ("server_error", "x")
    assert caught.value.body == PROBLEM if "error" in str(data) else True


@pytest.mark.parametrize("data", ["oops", '"oops"', "{}", '{"error": "oops"}'])
def test_an_error_event_of_any_form_is_an_error(data: str):
    with pytest.raises(APIStreamError):
        list(EventDecoder().feed(sse("error", data)))


@pytest.mark.parametrize("data", ["not JSON", "[]", '{"object": "thread.run"}', '{"id": 7}'])
def test_what_is_no_event_of_its_name_is_refused(data: str):
    with pytest.raises(APIResponseValidationError, match=r"thread\.run\.queued") as caught:
        list(EventDecoder().feed(sse("thread.run.queued", data)))
    assert caught.value.body == data
