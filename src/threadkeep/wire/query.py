"""Query strings: lists as `name[]=a&name[]=b`, as the official SDKs write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast
from urllib.parse import quote

import msgspec


def encode_query(query: Mapping[str, object]) -> str:
    """`query` as it stands behind the `?`; what is `UNSET` or `None` is left out."""
    pairs = (pair for name, value in query.items() for pair in _pairs(name, value))
    return "&".join(f"{quote(name, safe='[]')}={quote(value, safe='')}" for name, value in pairs)


def _pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    if value is None or value is msgspec.UNSET:
        return
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield from _pairs(f"{name}[{key}]", inner)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for inner in cast("Iterable[object]", value):
            yield from _pairs(f"{name}[]", inner)
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
