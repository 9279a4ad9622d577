"""As much of a list as was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

ResourceT = TypeVar("ResourceT")

LONGEST_PAGE = 100


def first(limit: int, pages_of: Callable[[int], Iterable[ResourceT]]) -> list[ResourceT]:
    """The first `limit` objects; `pages_of` lists them in pages of the size that it is given."""
    return list(islice(pages_of(min(limit, LONGEST_PAGE)), limit))
