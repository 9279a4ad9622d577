"""Operation: one API call as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

ResultT = TypeVar("ResultT")
Query = Mapping[str, str | int | bool | list[str] | None | msgspec.UnsetType]
Body = Mapping[str, Any]


class Operation(msgspec.Struct, Generic[ResultT], frozen=True, kw_only=True):
    """What to send and what comes back; how it is sent is the client's business.

    `body` is sent as JSON, where what is `UNSET` is left out and `None` is null; no body at all if it is None.
    """

    method: str
    path: str
    result: type[ResultT]
    query: Query = {}
    body: Body | None = None


def path(template: str, **ids: str) -> str:
    """`template` with its ids filled in, percent-encoded. Raises ValueError if one is empty."""
    for name, id in ids.items():
        if not id:
            raise ValueError(f"Expected a non-empty value for `{name}` but received {id!r}")
    return template.format(**{name: quote(id, safe="") for name, id in ids.items()})
