"""The reference of the server says what the server does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.refusals import CASES
from threadkeep.errors import InvalidRequestError
from threadkeep.server.query import parse_page_query, parse_query
from threadkeep.server.routes import API
from threadkeep.types.page import PageQuery

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under `heading`, without its head."""
    text = (REFERENCE / page).read_text()
    section = re.split(rf"^#+ {heading}$", text, flags=re.MULTILINE)[1]
    section = re.split(r"^#+ ", section, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_operations_are_those_that_are_routed():
    listed = [row[0] for row in rows("api.md", "Operations")]
    routed = [
        f"{method} {path.replace(':path}', '}')}" for path, table in API.items() for method in table
    ]
    assert sorted(listed) == sorted(routed)


def limit_complaint(limit: int) -> str:
    with pytest.raises(InvalidRequestError) as refusal:
        parse_page_query(parse_query(f"limit={limit}".encode()), PageQuery)
    return refusal.value.message


def test_the_messages_are_those_that_are_sent():
    sent = {(code or "none", message) for _, _, message, _, code in CASES}
    sent |= {
        ("integer_below_min_value", limit_complaint(0)),
        ("integer_above_max_value", limit_complaint(1000)),
    }
    for code, message in rows("errors.md", "The request does not fit"):
        start = message.strip("`").removesuffix(" ...)")
        assert any(code == c and text.startswith(start) for c, text in sent), message
    listed = {code for code, _ in rows("errors.md", "The request does not fit")}
    assert {code for code, _ in sent} <= listed
