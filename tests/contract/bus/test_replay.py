"""How every bus carries the replay of a run, however large the run and its events are."""

from __future__ import annotations

from tests.support.buses import Ends
from threadkeep.engine.emission import Emission
from threadkeep.engine.event_log import (
    EventLog,
    ReplayRequest,
    RunEvent,
    decode_replay,
    encode_request,
    replay_subject,
)
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
    log.open(RUN, 1)
    texts = [*("x" * 10_000 for _ in range(300)), "y" * 3_000_000, "z"]

    for text in texts:
        log.append(RUN, 1, [delta(text)])
    events = await replayed(ends)
    await log.stop()

    assert [(event.epoch, event.number) for event in events] == [(1, n) for n in range(len(texts))]
    told = [decode(event.data, MessageDelta).delta.content[0].text.value for event in events]
    assert told == texts
