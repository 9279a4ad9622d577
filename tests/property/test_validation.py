"""The explanation of a refusal and the decoder that refuses always agree."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bodies import FULL
from threadkeep.errors import InvalidRequestError
from threadkeep.server.validation import check

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(
        ["", "x" * 65, "x" * 257, "x" * 513, "a b", "user", "auto", "function", "text"]
    ),
)
NAMES = st.sampled_from(["type", "text", "function", "name", "metadata", "id", "k" * 65]) | st.text(
    max_size=3
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
TOO_MANY = st.sampled_from(
    [[{"type": "code_interpreter"}] * 129, {str(i): "" for i in range(17)}]
).map(copy.deepcopy)


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[type, Any]:
    """A body that uses every field, with up to three places replaced, added or removed."""
    type_, example = draw(st.sampled_from(FULL))
    body = copy.deepcopy(example)
    for _ in range(draw(st.integers(0, 3))):
        spoil(draw, body)
    return type_, body


def spoil(draw: st.DrawFn, body: Any) -> None:
    place = draw(st.sampled_from(containers(body)))
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    match draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace" if keys:
            place[draw(st.sampled_from(keys))] = draw(JSON | TOO_MANY)
        case "remove" if keys:
            del place[draw(st.sampled_from(keys))]
        case _ if isinstance(place, dict):
            place[draw(NAMES)] = draw(JSON)
        case _:
            place.append(draw(JSON))


def containers(value: Any) -> list[Any]:
    """`value` and all lists and objects inside it."""
    if not isinstance(value, dict | list):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(found for item in inner for found in containers(item))]


def decodes(type_: type, body: Any) -> bool:
    try:
        msgspec.json.decode(msgspec.json.encode(body), type=type_)
    except msgspec.ValidationError:
        return False
    return True


@given(spoilt())
def test_a_problem_is_found_exactly_where_the_decoder_refuses(case: tuple[type, Any]) -> None:
    type_, body = case
    if decodes(type_, body):
        check(body, type_)
    else:
        with pytest.raises(InvalidRequestError) as refusal:
            check(body, type_)
        assert refusal.value.message.endswith(".")


@given(JSON)
def test_anything_at_all_is_judged_alike(body: Any) -> None:
    for type_, _ in FULL:
        if decodes(type_, body):
            check(body, type_)
        else:
            with pytest.raises(InvalidRequestError):
                check(body, type_)


@pytest.mark.parametrize(("type_", "body"), FULL, ids=[type_.__name__ for type_, _ in FULL])
def test_bodies_that_use_every_field_fit(type_: type, body: Any) -> None:
    check(body, type_)
    assert decodes(type_, body)
