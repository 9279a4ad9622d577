"""Query strings: pages and `include`, in every spelling that clients send. What is not known is ignored."""

from __future__ import annotations

import re
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from threadkeep.server import wording
from threadkeep.server.validation import validated
from threadkeep.types.page import PageQuery

Query = list[tuple[str, str]]
PageQueryT = TypeVar("PageQueryT", bound=PageQuery)

INCLUDABLE: Final = ("step_details.tool_calls[*].file_search.results[*].content",)
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")


def parse_query(query_string: bytes) -> Query:
    """Its pairs, without those that have no value."""
    return parse_qsl(query_string.decode("latin-1")) if query_string else []


def parse_page_query(query: Query, type_: type[PageQueryT]) -> PageQueryT:
    """Which page is asked for. Raises `InvalidRequestError`."""
    given = {
        name: _number(value) if name == "limit" else value
        for name, value in query
        if name in type_.__struct_fields__
    }
    return validated(given, type_) if given else type_()


def check_include(query: Query) -> None:
    """Raise `InvalidRequestError` if `include` names something that cannot be included.

    `include[]=a&include[]=b`, `include=a`, and names joined by commas are all understood.
    """
    names = [
        name for key, value in query if key in {"include", "include[]"} for name in value.split(",")
    ]
    for index, name in enumerate(names):
        if name not in INCLUDABLE:
            raise wording.wrong_value(f"include[{index}]", name, INCLUDABLE)


def _number(text: str) -> int | str:
    return int(text) if _INTEGER.fullmatch(text) else text
