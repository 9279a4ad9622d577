"""Query strings."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.client.options import NOT_GIVEN
from threadkeep.wire.query import encode_query

plain_text = st.text(st.characters(exclude_categories=["Cs"]))


def test_what_is_not_given_is_left_out():
    assert encode_query({"limit": NOT_GIVEN, "after": None, "order": "asc"}) == "order=asc"


def test_a_list_is_written_with_brackets():
    query = encode_query({"include": ["a[*].b", "c"]})
    assert parse_qsl(query) == [("include[]", "a[*].b"), ("include[]", "c")]


def test_a_mapping_names_its_keys_in_brackets():
    assert encode_query({"filter": {"kind": "x", "deep": {"y": 1}}}) == (
        "filter[kind]=x&filter[deep][y]=1"
    )


def test_a_flag_is_written_in_lower_case():
    assert encode_query({"strict": True, "limit": 0}) == "strict=true&limit=0"


@given(st.dictionaries(plain_text.filter(bool), plain_text.filter(bool)))
def test_any_text_survives(query: dict[str, str]):
    assert dict(parse_qsl(encode_query(query), keep_blank_values=True)) == query
