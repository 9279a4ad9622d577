"""Operation: one API call as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from threadkeep.wire.multipart import Form

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")
Query = Mapping[str, Any]
Body = Mapping[str, Any]


class Operation(msgspec.Struct, Generic[ResultT], frozen=True, kw_only=True):
    """What to send and what comes back; how it is sent is the client's business.

    `body` is sent as JSON, where what is `UNSET` is left out and `None` is null; `form` as
    multipart; with neither there is no body. A `result` of `bytes` is the answer as it came.
    """

    method: str
    path: str
    result: type[ResultT]
    query: Query = {}
    body: Body | None = None
    form: Form | None = None


class ListOperation(msgspec.Struct, Generic[ItemT], frozen=True, kw_only=True):
    """A call that answers a page of `item`; `wire/paging.py` reads it and knows the following one.

    Not `is_paged`: the service gives all of the list at once.
    """

    path: str
    item: type[ItemT]
    method: str = "GET"
    query: Query = {}
    body: Body | None = None
    is_paged: bool = True


AnyOperation: TypeAlias = Operation[Any] | ListOperation[Any]


def path(template: str, **ids: str) -> str:
    """`template` with its ids filled in, percent-encoded. Raises ValueError if one is empty."""
    for name, id in ids.items():
        if not id:
            raise ValueError(f"Expected a non-empty value for `{name}` but received {id!r}")
    return template.format(**{name: _quoted(id) for name, id in ids.items()})


def _quoted(id: str) -> str:
    # A segment of dots alone would be resolved away on its way to the server.
    return "%2E" * len(id) if id in {".", ".."} else quote(id, safe="")
