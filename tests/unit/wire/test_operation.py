"""Ids in paths."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.wire import messages, runs, threads
from threadkeep.wire.operation import path


def test_an_id_with_a_slash_stays_one_segment():
    assert path("/threads/{thread_id}", thread_id="a/../b?c#d") == "/threads/a%2F..%2Fb%3Fc%23d"


@pytest.mark.parametrize("dots", [".", ".."])
def test_an_id_of_dots_is_not_resolved_away(dots: str):
    assert path("/threads/{thread_id}/runs", thread_id=dots) == f"/threads/{'%2E' * len(dots)}/runs"


def test_an_empty_id_is_refused_with_the_name_of_its_argument():
    with pytest.raises(ValueError, match=r"non-empty value for `run_id` but received ''"):
        runs.retrieve("thread_1", "")
    with pytest.raises(ValueError, match="`thread_id`"):
        messages.list("", {})
    with pytest.raises(ValueError, match="`thread_id`"):
        threads.delete("")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_id_comes_back_out_of_its_segment(id: str):
    segment = path("/{id}", id=id).removeprefix("/")
    assert "/" not in segment
    assert segment not in {".", ".."}
    assert unquote(segment) == id
