"""Query strings: pages and `include`, in every spelling that clients send. What is not known is ignored."""

from __future__ import annotations

import re
from typing import Final, TypeVar
from urllib.parse import unquote_plus

from threadkeep.server import wording
from threadkeep.server.validation import validated
from threadkeep.types.page import PageQuery
from threadkeep.types.run_request import RunEventsQuery, RunQuery

Query = list[tuple[str, str]]
PageQueryT = TypeVar("PageQueryT", bound=PageQuery)

SEARCH_CONTENT: Final = "step_details.tool_calls[*].file_search.results[*].content"
_INCLUDE: Final = re.compile(r"include(\[\d*\])?")
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,18}")


def parse_query(query_string: bytes) -> Query:
    """Its pairs, without those that have no value."""
    text = query_string.decode("latin-1")
    read = unquote_plus if "%" in text or "+" in text else str
    pairs = [pair.partition("=") for pair in text.split("&")]
    return [(read(name), read(value)) for name, _, value in pairs if value]


def parse_page_query(query: Query, type_: type[PageQueryT]) -> PageQueryT:
    """Which page is asked for. Raises `InvalidRequestError`."""
    given = {
        name: _number(value) if name == "limit" else value
        for name, value in query
        if name in type_.__struct_fields__
    }
    return validated(given, type_) if given else type_()


def parse_run_query(query: Query) -> RunQuery:
    """How a run is asked for. Raises `InvalidRequestError`."""
    given = {name: _number(value) for name, value in query if name == "wait"}
    return validated(given, RunQuery)


def parse_run_events_query(query: Query) -> RunEventsQuery:
    """Which events of a run are asked for, and how. Raises `InvalidRequestError`."""
    names = RunEventsQuery.__struct_fields__
    given = {
        name: _number(value) if name == "limit" else value for name, value in query if name in names
    }
    return validated(given, RunEventsQuery)


def includes_search_content(query: Query) -> bool:
    """Whether `include` asks for the text that file searches found, which is all that it can ask for.

    `include[]=a&include[]=b`, `include[0]=a`, `include=a`, and names joined by commas are all understood. Raises
    `InvalidRequestError` if it names something else.
    """
    names = [name for key, value in query if _INCLUDE.fullmatch(key) for name in value.split(",")]
    for index, name in enumerate(names):
        if name != SEARCH_CONTENT:
            raise wording.wrong_value(f"include[{index}]", name, [SEARCH_CONTENT])
    return bool(names)


def _number(text: str) -> float | str:
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
