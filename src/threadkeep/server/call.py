"""Call: one API call as a route sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, TypeAlias, TypeVar, overload

from starlette.types import Receive, Scope

from threadkeep.errors import RequestTooLargeError
from threadkeep.server.backend import Backend
from threadkeep.server.body import parse_body
from threadkeep.server.form import Form, is_form
from threadkeep.server.query import (
    PageQueryT,
    Query,
    includes_search_content,
    parse_page_query,
    parse_query,
)
from threadkeep.types.page import PageQuery

T = TypeVar("T")

Admit: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Is told the content of a request, and raises if nothing is to be done for it."""

MAX_BODY_BYTES: Final = 64 * 1024 * 1024


class CallerLeftError(Exception):
    """The caller went away before the whole request had arrived; nobody waits for an answer."""


class Call:
    """Who calls, with what, and what stands behind the routes. Made only for a key that opens `project`."""

    def __init__(self, backend: Backend, project: str, scope: Scope, receive: Receive) -> None:
        self.backend: Final = backend
        self.project: Final = project
        self.storage: Final = backend.storage
        """The record of everything."""
        self.engine: Final = backend.engine
        """What makes runs move."""
        self.ids: Final[dict[str, str]] = scope["path_params"]
        """The ids in the path, by the names that they have in its template."""
        self._scope = scope
        self._receive = receive
        self._data: bytes | None = None
        self._admit: Admit | None = None

    @property
    def query(self) -> Query:
        """The query string."""
        return parse_query(self._scope["query_string"])

    @overload
    def page_query(self) -> PageQuery: ...
    @overload
    def page_query(self, type_: type[PageQueryT]) -> PageQueryT: ...
    def page_query(self, type_: type[PageQuery] = PageQuery) -> PageQuery:
        """Which page of a list is asked for. Raises `InvalidRequestError`."""
        return parse_page_query(self.query, type_)

    def check_include(self) -> None:
        """Raise `InvalidRequestError` if `include` names something that cannot be included."""
        _ = self.includes_search_content

    @property
    def includes_search_content(self) -> bool:
        """Whether the text that file searches found is to be shown. Raises `InvalidRequestError`."""
        return bool(self._scope["query_string"]) and includes_search_content(self.query)

    def header(self, name: bytes) -> str | None:
        """A header, by its name in lower case, or None."""
        value = dict(self._scope["headers"]).get(name)
        return None if value is None else value.decode("latin-1")

    def query_value(self, name: str) -> str | None:
        """A parameter of the query string, or None."""
        return dict(self.query).get(name)

    @property
    def target(self) -> bytes:
        """What is called: the path and the query."""
        return self._scope["path"].encode() + b"?" + self._scope["query_string"]

    async def body(self, type_: type[T], *, may_be_empty: bool = False) -> T:
        """The body as a `type_`. Raises `InvalidRequestError`, `RequestTooLargeError`, `CallerLeftError`."""
        data = await self._read()
        return parse_body(b"{}" if may_be_empty and not data.strip() else data, type_)

    def form(self) -> Form:
        """The body as a form, which is yet to be read. Raises `InvalidRequestError`."""
        return Form(self._content_type, self._stream(), with_fingerprint=self._admit is not None)

    async def admit_by(self, admit: Admit) -> None:
        """Let `admit` decide whether anything is done: now, or for a form once all of it has been read."""
        if is_form(self._content_type):
            self._admit = admit
        else:
            await admit(await self._read())

    async def admit(self, form: Form) -> None:
        """Raise if nothing is to be done for this form, all of which has been read."""
        if self._admit is not None:
            await self._admit(form.fingerprint)

    @property
    def _content_type(self) -> bytes:
        return dict(self._scope["headers"]).get(b"content-type", b"")

    async def _read(self) -> bytes:
        if self._data is None:
            data, is_last = await self._part()
            _check_size(data)
            self._data = data if is_last else await self._read_on(bytearray(data))
        return self._data

    async def _read_on(self, data: bytearray) -> bytes:
        async for part in self._stream():
            data += part
            _check_size(data)
        return bytes(data)

    async def _stream(self) -> AsyncIterator[bytes]:
        is_last = False
        while not is_last:
            part, is_last = await self._part()
            yield part

    async def _part(self) -> tuple[bytes, bool]:
        """The next bytes of the body, and whether they are the last."""
        message: Any = await self._receive()
        if message["type"] != "http.request":
            raise CallerLeftError
        return message.get("body", b""), not message.get("more_body")


def _check_size(data: bytes | bytearray) -> None:
    if len(data) > MAX_BODY_BYTES:
        raise RequestTooLargeError(MAX_BODY_BYTES)
