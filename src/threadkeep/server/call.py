"""Call: one API call as a route sees it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final, TypeVar

from starlette.types import Receive, Scope

from threadkeep.engine.engine import Engine
from threadkeep.errors import RequestTooLargeError
from threadkeep.server.backend import Backend
from threadkeep.server.body import parse_body
from threadkeep.server.query import Query, check_include, parse_page_query, parse_query
from threadkeep.storage import Storage
from threadkeep.types.page import PageQuery

T = TypeVar("T")

MAX_BODY_BYTES: Final = 64 * 1024 * 1024


class CallerLeftError(Exception):
    """The caller went away before the whole request had arrived; nobody waits for an answer."""


class Call:
    """Who calls, with what, and what stands behind the routes. Made only for a key that opens `project`."""

    def __init__(self, backend: Backend, project: str, scope: Scope, receive: Receive) -> None:
        self.backend = backend
        self.project = project
        self._scope = scope
        self._receive = receive

    @property
    def storage(self) -> Storage:
        """The record of everything."""
        return self.backend.storage

    @property
    def engine(self) -> Engine:
        """What makes runs move."""
        return self.backend.engine

    @property
    def ids(self) -> dict[str, str]:
        """The ids in the path, by the names that they have in its template."""
        return self._scope["path_params"]

    @cached_property
    def query(self) -> Query:
        """The query string."""
        return parse_query(self._scope["query_string"])

    def page_query(self) -> PageQuery:
        """Which page of a list is asked for. Raises `InvalidRequestError`."""
        return parse_page_query(self.query)

    def check_include(self) -> None:
        """Raise `InvalidRequestError` if `include` names something that cannot be included."""
        check_include(self.query)

    def query_value(self, name: str) -> str | None:
        """A parameter of the query string, or None."""
        return dict(self.query).get(name)

    async def body(self, type_: type[T], *, may_be_empty: bool = False) -> T:
        """The body as a `type_`. Raises `InvalidRequestError`, `RequestTooLargeError`, `CallerLeftError`."""
        data = await self._read()
        return parse_body(b"{}" if may_be_empty and not data.strip() else data, type_)

    async def _read(self) -> bytes:
        message: Any = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            return _within_limit(message.get("body", b""))
        data = bytearray()
        while message["type"] == "http.request":
            data += message.get("body", b"")
            _within_limit(data)
            if not message.get("more_body"):
                return bytes(data)
            message = await self._receive()
        raise CallerLeftError


BytesT = TypeVar("BytesT", bytes, bytearray)


def _within_limit(data: BytesT) -> BytesT:
    if len(data) > MAX_BODY_BYTES:
        raise RequestTooLargeError(MAX_BODY_BYTES)
    return data
