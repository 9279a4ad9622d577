"""How deltas add up, as the official SDK adds them up."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from openai.lib.streaming._deltas import accumulate_delta

from threadkeep.client.merging import merge


def test_what_does_not_fit_together_is_replaced_and_null_changes_nothing():
    ours: dict[str, Any] = {"a": "x", "b": "y"}
    merge(ours, {"a": 7, "b": None})
    assert ours == {"a": 7, "b": "y"}


@pytest.mark.parametrize(
    ("old", "delta"),
    [
        ({"value": "Hi"}, {"value": " there"}),
        ({"count": 2}, {"count": 3}),
        ({"score": 0.5}, {"score": 0.25}),
        ({"output": None}, {"output": "12"}),
        ({}, {"name": "look"}),
        ({"function": {"name": "look", "arguments": ""}}, {"function": {"arguments": "{"}}),
        ({"index": 0, "type": "text"}, {"index": 0, "type": "text"}),
        ({"calls": [{"index": 0, "a": "x"}]}, {"calls": [{"index": 0, "a": "y"}]}),
        ({"calls": [{"index": 0, "a": "x"}]}, {"calls": [{"index": 1, "a": "y"}]}),
        ({"calls": []}, {"calls": [{"index": 0, "a": "y"}]}),
        ({"names": ["a"]}, {"names": ["b"]}),
    ],
)
def test_it_adds_up_as_in_the_official_sdk(old: dict[Any, Any], delta: dict[Any, Any]):
    ours = deepcopy(old)
    merge(ours, delta)
    assert ours == accumulate_delta(deepcopy(old), deepcopy(delta))
