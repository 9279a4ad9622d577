"""How every bus carries the replay of a run, however large the run and its events are."""

from __future__ import annotations

from tests.support.buses import Ends, Inbox
from threadkeep.engine.emission import Emission
from threadkeep.engine.event_log import (
    EventLog,
    Frame,
    ReplayRequest,
    RunEvent,
    decode_replay,
    encode_request,
    events_of,
    events_subject,
    replay_subject,
)
from threadkeep.engine.told_message import Told
from threadkeep.telemetry import Metrics
from threadkeep.types.codec import decode
from threadkeep.types.delta import MessageDelta, MessageDeltaContent, TextDelta, TextDeltaValue

RUN = "run_1"
WORKER = "worker_1"


def delta(text: str) -> Emission:
    part = TextDelta(index=0, text=TextDeltaValue(value=text))
    content = MessageDeltaContent(content=[part])
    return Emission("thread.message.delta", MessageDelta(id="msg_1", delta=content))


async def replayed(ends: Ends) -> list[RunEvent]:
    """All events of the run, asked for as a follower does that has seen none."""
    events: list[RunEvent] = []
    has_more = True
    while has_more:
        after = (events[-1].epoch, events[-1].number) if events else (0, 0)
        request = encode_request(ReplayRequest(RUN, *after))
        answer = await ends.here.request(replay_subject(WORKER), request, timeout=5)
        assert answer is not None
        replay = decode_replay(answer)
        events += replay.events
        has_more = replay.has_more
    return events


async def test_megabytes_of_events_and_an_event_of_megabytes_are_replayed_in_order(ends: Ends):
    log = EventLog(ends.there, WORKER, Metrics())
    await log.start()
    run = log.open(RUN, 1)
    texts = [*("x" * 10_000 for _ in range(300)), "y" * 3_000_000, "z"]

    for text in texts:
        run.append([delta(text)])
    events = await replayed(ends)
    await log.stop()

    assert [(event.epoch, event.number) for event in events] == [(1, n) for n in range(len(texts))]
    told = [decode(event.data, MessageDelta).delta.content[0].text.value for event in events]
    assert told == texts


async def test_a_frame_comes_with_the_same_events_from_wherever_it_was_published(ends: Ends):
    came: list[Frame | bytes] = []
    inbox = Inbox()
    await ends.there.subscribe(events_subject(RUN), came.append)
    await ends.there.subscribe("marker", inbox.deliver)
    events = [
        RunEvent(1, 4, "thread.message.delta", b"{}", Told(0, 17, 2)),
        RunEvent(1, 5, "thread.message.completed", b"{}"),
    ]

    ends.here.publish(events_subject(RUN), Frame(events))
    ends.here.publish("marker", b"marker")
    await inbox.until(b"marker")

    assert [[*events_of(frame)] for frame in came] == [events]
