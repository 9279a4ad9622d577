"""As much of a list as was asked for, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from threadkeep.cli.output import print_resource, print_table
from threadkeep.types.resource import Resource

ResourceT = TypeVar("ResourceT", bound=Resource)

LONGEST_PAGE = 100


def first(limit: int, pages_of: Callable[[int], Iterable[ResourceT]]) -> list[ResourceT]:
    """The first `limit` objects; `pages_of` lists them in pages of the size that it is given."""
    return list(islice(pages_of(min(limit, LONGEST_PAGE)), limit))


def print_list(
    found: Sequence[ResourceT],
    columns: Mapping[str, Callable[[ResourceT], str]],
    *,
    as_json: bool,
    empty: str,
) -> None:
    """Print objects, a row for each: of every column, what its function says about the object."""
    if as_json:
        print_resource(found)
        return
    rows = ([cell(each) for cell in columns.values()] for each in found)
    print_table(list(columns), rows, empty)
