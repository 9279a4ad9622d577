"""What each token costs, in things that can be counted."""

import gc

import pytest

from tests.support.manual_clock import ManualClock
from threadkeep.engine.event_log import Frame, numbered
from threadkeep.engine.inbox import Inbox
from threadkeep.engine.toolbox import Toolbox
from threadkeep.engine.turn import Turn
from threadkeep.inference import ChatChunk
from threadkeep.types.ids import RandomIds
from threadkeep.types.run import Run
from threadkeep.wire.sse import encode_event

RUN = Run(id="run_1", thread_id="thread_1", assistant_id="asst_1", status="in_progress")


@pytest.fixture
def turn() -> Turn:
    turn = Turn(RUN, Toolbox(RUN, []), RandomIds(), ManualClock(100))
    turn.feed([ChatChunk(text="The")])
    turn.take_unsaved()
    return turn


def test_a_token_is_one_event_and_nothing_to_keep(turn):
    emissions = turn.feed([ChatChunk(text=" word")])

    assert [emission.name for emission in emissions] == ["thread.message.delta"]
    assert not turn.take_unsaved()


def test_a_token_travels_in_145_bytes_beside_its_text_and_the_message_id(turn):
    (emission,) = turn.feed([ChatChunk(text=" word")])
    (event,) = numbered(1, [emission], 7)

    sent = encode_event(event.name, event.data)

    assert len(sent) - len(" word") - len(emission.data.id) == 145, sent


def test_what_is_made_for_a_token_is_nothing_to_the_garbage_collector(turn):
    chunk = ChatChunk(text=" word")
    (emission,) = turn.feed([chunk])
    (event,) = numbered(1, [emission], 7)
    delta = emission.data.delta

    made = [chunk, emission, emission.data, delta, delta.content[0], delta.content[0].text]
    made += [emission.told, event, Frame([event])]

    assert [type(value) for value in made if gc.is_tracked(value)] == []


async def test_a_watcher_takes_all_frames_at_once_and_none_after_a_silence():
    inbox = Inbox(0.01)
    inbox.put(b"one")
    inbox.put(b"two")

    await inbox.filling()
    assert inbox.take() == [b"one", b"two"]
    await inbox.filling()
    assert inbox.take() == []
