"""Payloads of any size travel in messages of bounded size; what is incomplete is never taken for a payload."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.bus.nats.envelope import NOTHING, Opener, enclose

payloads = st.binary(max_size=400)
limits = st.integers(20, 500)


@given(payloads, limits)
def test_every_payload_comes_out_as_it_went_in(payload: bytes, limit: int):
    messages = enclose(payload, limit)
    opener = Opener()
    opened = [opener.open(message) for message in messages]

    assert opened == [None] * (len(messages) - 1) + [payload]
    assert all(len(message) <= limit for message in messages)


@given(st.lists(payloads, max_size=6), limits, st.randoms(use_true_random=False))
def test_payloads_of_several_publishers_may_mix(all_payloads: list[bytes], limit: int, chance):
    waiting = [enclose(payload, limit) for payload in all_payloads]
    opener, opened = Opener(), []
    while any(waiting):
        messages = chance.choice([messages for messages in waiting if messages])
        if (payload := opener.open(messages.pop(0))) is not None:
            opened.append(payload)

    assert sorted(opened) == sorted(all_payloads)


@given(st.binary(min_size=100, max_size=400), st.binary(max_size=400), st.data())
def test_a_payload_that_lost_a_piece_is_lost_whole_and_the_next_one_comes(
    broken: bytes, whole: bytes, data
):
    messages = enclose(broken, 60)
    del messages[data.draw(st.integers(0, len(messages) - 1))]
    opener = Opener()

    assert all(opener.open(message) is None for message in messages)
    opened = [opener.open(message) for message in enclose(whole, 60)]
    assert opened[-1] == whole


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_nothing_that_others_send_breaks_it(messages: list[bytes]):
    opener = Opener()
    for message in messages:
        opener.open(message)

    assert opener.open(NOTHING) is None
    assert opener.open(enclose(b"payload", 60)[0]) == b"payload"


def test_publishers_that_vanished_do_not_pile_up():
    opener = Opener()
    beginnings = [enclose(b"x" * 200, 100) for _ in range(30)]
    for messages in beginnings:
        opener.open(messages[0])

    came = [[opener.open(message) for message in messages[1:]][-1] for messages in beginnings]
    assert [payload is not None for payload in came] == [False] * 22 + [True] * 8
