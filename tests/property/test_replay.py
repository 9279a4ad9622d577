"""A run of any size is replayed whole, in answers that a bus can carry."""

from __future__ import annotations

import asyncio

from hypothesis import example, given
from hypothesis import strategies as st

from threadkeep.bus.in_process import InProcessBus
from threadkeep.engine.emission import Emission
from threadkeep.engine.event_log import (
    REPLAY_BYTES,
    EventLog,
    ReplayRequest,
    decode_replay,
    encode_request,
    replay_subject,
)
from threadkeep.telemetry import Metrics
from threadkeep.types.delta import MessageDelta, MessageDeltaContent, TextDelta, TextDeltaValue

RUN = "run_1"
WORKER = "worker_1"
EPOCH = 3
WRAPPING = 300

sizes = st.lists(st.integers(0, 100) | st.integers(0, REPLAY_BYTES * 2), max_size=12)
positions = st.tuples(st.integers(EPOCH - 1, EPOCH), st.integers(-1, 14))


def delta(size: int) -> Emission:
    text = TextDelta(index=0, text=TextDeltaValue(value="x" * size))
    content = MessageDeltaContent(content=[text])
    return Emission("thread.message.delta", MessageDelta(id="msg_1", delta=content))


async def replayed(sizes: list[int], after: tuple[int, int]) -> list[list[tuple[int, int]]]:
    """The positions of the events in each answer, for one who has seen those up to `after`."""
    bus = InProcessBus()
    await bus.start()
    log = EventLog(bus, WORKER, Metrics())
    await log.start()
    log.open(RUN, EPOCH).append([delta(size) for size in sizes])
    answers: list[list[tuple[int, int]]] = []
    has_more = True
    while has_more:
        request = encode_request(ReplayRequest(RUN, *after))
        answer = await bus.request(replay_subject(WORKER), request, timeout=1)
        assert answer is not None
        replay = decode_replay(answer)
        largest = max((len(event.data) for event in replay.events), default=0)
        assert len(answer) <= REPLAY_BYTES + largest + WRAPPING * len(sizes)
        answers.append([(event.epoch, event.number) for event in replay.events])
        has_more = replay.has_more
        after = max([after, *answers[-1]])
    return answers


@given(sizes, positions)
@example([REPLAY_BYTES * 2] * 4, (EPOCH - 1, 99))
@example([], (EPOCH, -1))
def test_all_that_was_not_seen_comes_once_and_in_order(sizes: list[int], after: tuple[int, int]):
    answers = asyncio.run(replayed(sizes, after))

    missing = [(EPOCH, number) for number in range(len(sizes)) if (EPOCH, number) > after]
    assert [position for answer in answers for position in answer] == missing
    assert all(answers) or answers == [[]]
