"""When a call is tried again, and after how long."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.wire.retry import asked_delay, is_retried, retry_delay

NOW = 1_800_000_000.0
headers = st.dictionaries(
    st.sampled_from(["retry-after", "retry-after-ms", "x-should-retry"]),
    st.one_of(st.text(), st.floats().map(str), st.integers().map(str)),
)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(status: int):
    assert is_retried(status, {}, NOW)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422])
def test_what_would_stay_is_not(status: int):
    assert not is_retried(status, {}, NOW)


def test_the_server_has_the_last_word():
    assert is_retried(400, {"x-should-retry": "true"}, NOW)
    assert not is_retried(503, {"x-should-retry": "false"}, NOW)


def test_a_server_that_asks_for_more_than_two_minutes_is_given_up():
    assert is_retried(429, {"retry-after": "120"}, NOW)
    assert not is_retried(429, {"retry-after": "120.5"}, NOW)
    assert not is_retried(429, {"retry-after-ms": "120001", "x-should-retry": "true"}, NOW)
    assert not is_retried(429, {"retry-after": "9" * 400}, NOW)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30),
    ],
)
def test_what_the_server_asks_for_is_waited(asked: dict[str, str], seconds: float):
    assert retry_delay(0, asked, now=NOW, luck=0.5) == seconds


@pytest.mark.parametrize(
    "asked",
    [
        "0",
        "-3",
        "soon",
        "nan",
        "inf",
        formatdate(NOW - 60),
        "",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
    ],
)
def test_what_makes_no_sense_is_not_waited(asked: str):
    assert retry_delay(0, {"retry-after": asked}, now=NOW, luck=0) == 0.5


def test_without_a_word_of_the_server_the_wait_doubles_up_to_eight_seconds():
    waits = [retry_delay(retry, {}, now=NOW, luck=0) for retry in range(7)]
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]


@given(retry=st.integers(0, 10**6), luck=st.floats(0, 1, exclude_max=True))
def test_luck_takes_at_most_a_quarter_off(retry: int, luck: float):
    longest = retry_delay(retry, {}, now=NOW, luck=0)
    assert 0.75 * longest <= retry_delay(retry, {}, now=NOW, luck=luck) <= longest


@given(headers, st.integers(100, 599), st.integers(0, 5))
def test_no_header_breaks_it(asked: dict[str, str], status: int, retry: int):
    is_retried(status, asked, NOW)
    assert 0 < retry_delay(retry, asked, now=NOW, luck=0.9) <= 120


def test_an_answer_without_a_wish_asks_for_nothing():
    assert asked_delay({}, NOW) is None
