"""Whatever a model says, the events of a turn fit together, and clients accumulate them to what is kept."""

from hypothesis import given

from tests.support.chunks import REPLIES, TEXT_REPLIES
from tests.support.manual_clock import ManualClock
from tests.unit.engine.test_turn import RUN
from threadkeep.engine.toolbox import Toolbox
from threadkeep.engine.turn import Turn
from threadkeep.inference import ChatChunk
from threadkeep.types.ids import RandomIds


def played(reply):
    turn = Turn(RUN, Toolbox(RUN, []), RandomIds(), ManualClock(100))
    emissions = turn.feed(reply)
    outcome, last = turn.finish()
    return turn, outcome, emissions + last


@given(reply=REPLIES)
def test_every_part_is_opened_once_and_closed_at_most_once(reply):
    _, _, emissions = played(reply)

    is_open: dict[str, bool] = {}
    for name, data in ((emission.name, emission.data) for emission in emissions):
        if name.endswith(".created"):
            assert data.id not in is_open
            is_open[data.id] = True
        elif name.endswith((".completed", ".incomplete", ".cancelled")):
            assert is_open[data.id]
            is_open[data.id] = False
        else:
            assert is_open[data.id]


@given(reply=REPLIES)
def test_at_most_one_message_is_open_at_a_time(reply):
    _, _, emissions = played(reply)

    open_messages = 0
    for emission in emissions:
        if emission.name == "thread.message.created":
            open_messages += 1
        elif emission.name in {"thread.message.completed", "thread.message.incomplete"}:
            open_messages -= 1
        assert open_messages in {0, 1}
    assert open_messages == 0


@given(reply=TEXT_REPLIES)
def test_the_deltas_add_up_to_the_message(reply):
    _, _, emissions = played(reply)
    parts: dict[int, str] = {}
    for emission in emissions:
        if emission.name == "thread.message.delta":
            (delta,) = emission.data.delta.content
            new = delta.text.value if delta.type == "text" else delta.refusal
            parts[delta.index] = parts.get(delta.index, "") + new

    message = emissions[-2].data

    kept = [p.text.value if p.type == "text" else p.refusal for p in message.content]
    assert kept == [parts[index] for index in range(len(parts))]


@given(reply=REPLIES)
def test_no_delta_tells_an_id_or_a_name_twice(reply):
    _, _, emissions = played(reply)
    told: set[tuple[str, int]] = set()
    for emission in emissions:
        if emission.name == "thread.run.step.delta":
            (call,) = emission.data.delta.step_details.tool_calls
            if call.id:
                assert (emission.data.id, call.index) not in told
                told.add((emission.data.id, call.index))


@given(reply=REPLIES)
def test_what_is_kept_is_what_was_told_last(reply):
    turn, _, emissions = played([*reply, ChatChunk()])
    unsaved = turn.take_unsaved()
    kept = {part.id: part for part in [*unsaved.steps, *unsaved.messages]}

    for emission in emissions:
        if emission.name.endswith((".completed", ".incomplete", ".cancelled")):
            assert kept[emission.data.id] == emission.data
