from __future__ import annotations

import pytest

from threadkeep.errors import InvalidRequestError
from threadkeep.server.query import (
    SEARCH_CONTENT,
    includes_search_content,
    parse_page_query,
    parse_query,
)
from threadkeep.types.page import PageQuery


def page(query_string: bytes) -> PageQuery:
    return parse_page_query(parse_query(query_string), PageQuery)


@pytest.mark.parametrize(
    ("query_string", "expected"),
    [
        (b"", PageQuery()),
        (b"limit=", PageQuery()),
        (b"api-version=2024-05-01-preview", PageQuery()),
        (b"limit=1&order=asc", PageQuery(limit=1, order="asc")),
        (b"limit=100&after=msg_1", PageQuery(limit=100, after="msg_1")),
        (b"before=imported%2Fid&run_id=run_1", PageQuery(before="imported/id")),
    ],
)
def test_a_page_is_read_and_the_rest_ignored(query_string, expected):
    assert page(query_string) == expected


@pytest.mark.parametrize(
    ("query_string", "message", "param", "code"),
    [
        (
            b"limit=0",
            "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
            "limit",
            "integer_below_min_value",
        ),
        (
            b"limit=101",
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
            "limit",
            "integer_above_max_value",
        ),
        (
            b"limit=abc",
            "Invalid type for 'limit': expected an integer, but got a string instead.",
            "limit",
            "invalid_type",
        ),
        (
            b"limit=1_0",
            "Invalid type for 'limit': expected an integer, but got a string instead.",
            "limit",
            "invalid_type",
        ),
        (
            b"order=up",
            "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.",
            "order",
            "invalid_value",
        ),
    ],
)
def test_a_wrong_value_is_named(query_string, message, param, code):
    with pytest.raises(InvalidRequestError) as refusal:
        page(query_string)
    problem = refusal.value
    assert (problem.message, problem.param, problem.code) == (message, param, code)


CONTENT = SEARCH_CONTENT


@pytest.mark.parametrize(
    "query_string",
    [
        f"include[]={CONTENT}",
        f"include={CONTENT}",
        "include%5B%5D=step_details.tool_calls%5B%2A%5D.file_search.results%5B%2A%5D.content",
        f"include[]={CONTENT}&include[]={CONTENT}",
        f"include[]={CONTENT},{CONTENT}",
        f"include[0]={CONTENT}&api-version=v1",
    ],
)
def test_include_is_understood_in_every_spelling(query_string):
    assert includes_search_content(parse_query(query_string.encode()))


@pytest.mark.parametrize("query_string", [b"", b"include=", b"include[]=", b"included=x"])
def test_nothing_is_included_unless_it_is_asked_for(query_string):
    assert not includes_search_content(parse_query(query_string))


def test_what_cannot_be_included_is_named_by_its_place():
    with pytest.raises(InvalidRequestError) as refusal:
        includes_search_content(parse_query(f"include[]={CONTENT}&include[]=usage".encode()))
    assert refusal.value.message == f"Invalid value: 'usage'. Supported values are: '{CONTENT}'."
    assert refusal.value.param == "include[1]"
