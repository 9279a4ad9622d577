"""Filters: what each of them lets through."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.types.attribute_filter import AttributeFilter


def accepts(filters: dict[str, Any], attributes: dict[str, Any]) -> bool:
    asked: AttributeFilter = msgspec.convert(filters, AttributeFilter)
    return asked.accepts(attributes)


@pytest.mark.parametrize(
    ("type_", "value", "attribute", "is_accepted"),
    [
        ("eq", 1, 1.0, True),
        ("eq", 1, True, False),
        ("eq", True, 1, False),
        ("eq", True, True, True),
        ("eq", "1", 1, False),
        ("ne", 1, True, True),
        ("ne", "a", "a", False),
        ("gt", 1, 1.5, True),
        ("gt", 1, 1, False),
        ("gt", "a", "b", True),
        ("gt", "a", 5, False),
        ("gt", 0, True, False),
        ("gt", 0, "1", False),
        ("gte", 1, 1, True),
        ("lt", "b", "a", True),
        ("lt", 1, 1, False),
        ("lte", 1, 1.0, True),
        ("lte", False, False, False),
        ("in", [1, "a"], "a", True),
        ("in", [1, "a"], True, False),
        ("in", [], "a", False),
        ("nin", [1, "a"], True, True),
        ("nin", [1, "a"], 1.0, False),
        ("nin", [], "a", True),
    ],
)
def test_a_comparison_minds_the_kind(type_: str, value: Any, attribute: Any, is_accepted: bool):
    filters = {"type": type_, "key": "x", "value": value}

    assert accepts(filters, {"x": attribute, "y": value if type_ != "in" else 0}) is is_accepted


@pytest.mark.parametrize("type_", ["eq", "gt", "gte", "lt", "lte", "in"])
def test_what_is_not_there_is_like_nothing(type_: str):
    value = ["a"] if type_ == "in" else "a"

    assert not accepts({"type": type_, "key": "x", "value": value}, {})


@pytest.mark.parametrize(("type_", "value"), [("ne", "a"), ("nin", ["a"])])
def test_what_is_not_there_is_unlike_everything(type_: str, value: Any):
    assert accepts({"type": type_, "key": "x", "value": value}, {})


Values = st.text(max_size=2) | st.integers(-2, 2) | st.booleans() | st.sampled_from([0.5, 1.0])
Keys = st.sampled_from("xyz")
Comparisons = st.builds(
    lambda type_, key, value: {"type": type_, "key": key, "value": value},
    st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]),
    Keys,
    Values,
)
Attributes = st.dictionaries(Keys, Values)


@given(st.lists(Comparisons, max_size=4), Attributes)
def test_and_is_all_of_them_and_or_is_any(
    comparisons: list[dict[str, Any]], attributes: dict[str, Any]
):
    each = [accepts(comparison, attributes) for comparison in comparisons]

    assert accepts({"type": "and", "filters": comparisons}, attributes) is all(each)
    assert accepts({"type": "or", "filters": comparisons}, attributes) is any(each)


@given(Keys, Values, Attributes)
def test_not_equal_is_the_opposite_of_equal(key: str, value: Any, attributes: dict[str, Any]):
    equal = accepts({"type": "eq", "key": key, "value": value}, attributes)

    assert accepts({"type": "ne", "key": key, "value": value}, attributes) is not equal
    assert accepts({"type": "in", "key": key, "value": [value]}, attributes) is equal
    assert accepts({"type": "nin", "key": key, "value": [value]}, attributes) is not equal


@given(Keys, Values, Attributes)
def test_what_has_an_order_is_less_equal_or_more(key: str, value: Any, attributes: dict[str, Any]):
    less, more, at_most, at_least, equal = (
        accepts({"type": type_, "key": key, "value": value}, attributes)
        for type_ in ("lt", "gt", "lte", "gte", "eq")
    )

    assert not (less and more)
    if at_most or at_least:
        assert at_most is (less or equal)
        assert at_least is (more or equal)
