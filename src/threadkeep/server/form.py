"""Forms: multipart/form-data, parsed while it arrives, so that a file goes by without ever being in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final, TypeAlias

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import (
    MAX_BOUNDARY_LENGTH,
    MultipartParser,
    parse_options_header,
)

from threadkeep.errors import InvalidRequestError
from threadkeep.server import wording

MAX_FIELD_BYTES: Final = 64 * 1024
NOT_A_FORM: Final = (
    "We could not parse the form in the body of your request. "
    "(HINT: A file is sent as multipart/form-data, and the Content-Type header names the boundary.)"
)
_TYPE: Final = b"multipart/form-data"
_END: Final = b""


def is_form(content_type: bytes) -> bool:
    """Whether a body of this type is a form."""
    return content_type.lower().startswith(_TYPE)


class Part:
    """A field or a file in a form: its bytes, as they come. `filename` is None for a field."""

    def __init__(self, form: Form, name: str, filename: str | None) -> None:
        self.name = name
        self.filename = filename
        self._form = form

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(data := await self._form.next_event(), bytes) and data != _END:
            yield data

    async def text(self) -> str:
        """All of it, as the value of a field. Raises `InvalidRequestError` if it is too long, or no text."""
        value = bytearray()
        async for data in self:
            value += data
            if len(value) > MAX_FIELD_BYTES:
                raise wording.too_long(self.name, "string", MAX_FIELD_BYTES, len(value))
        return _text(value)


_Event: TypeAlias = Part | bytes
"""A part begins; data of it; `_END`: that was all of it."""


class Form:
    """The parts of a form, one after the other; the bytes of a part have to be read before the next part is."""

    def __init__(
        self, content_type: bytes, body: AsyncIterator[bytes], *, with_fingerprint: bool = False
    ) -> None:
        self._body = body
        self._parsing = _Parsing(self, _boundary(content_type))
        self._fingerprint = _Fingerprint() if with_fingerprint else None

    async def __aiter__(self) -> AsyncIterator[Part]:
        while (event := await self.next_event()) is not None:
            if isinstance(event, Part):
                yield event

    @property
    def fingerprint(self) -> bytes:
        """What tells this form, all of which has been read, from others; the boundary in it does not count."""
        assert self._fingerprint is not None, "it was not asked for"
        return self._fingerprint.digest()

    async def next_event(self) -> _Event | None:
        """What comes next; None at the end. Raises `InvalidRequestError` for what is no form."""
        while not self._parsing.events:
            data = await anext(self._body, None)
            if data is None:
                self._parsing.finish()
                return None
            self._parsing.feed(data)
        event = self._parsing.events.popleft()
        if self._fingerprint is not None:
            self._fingerprint.add(event)
        return event


class _Parsing:
    """The parser, which calls back, and the events that came of it."""

    def __init__(self, form: Form, boundary: bytes) -> None:
        self.events: deque[_Event] = deque()
        self._form = form
        self._headers: dict[bytes, bytes] = {}
        self._name = bytearray()
        self._value = bytearray()
        self._is_complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_part,
                "on_part_data": lambda data, start, end: self.events.append(data[start:end]),
                "on_part_end": lambda: self.events.append(_END),
                "on_end": self._end_form,
            },
        )

    def feed(self, data: bytes) -> None:
        """Go on with the next bytes of the body."""
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise InvalidRequestError(NOT_A_FORM) from error

    def finish(self) -> None:
        """There is no more of the body."""
        if not self._is_complete:
            raise InvalidRequestError(NOT_A_FORM)

    def _end_header(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _begin_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._headers.clear()
        filename = options.get(b"filename")
        name = _text(options.get(b"name", b""))
        self.events.append(Part(self._form, name, None if filename is None else _text(filename)))

    def _end_form(self) -> None:
        self._is_complete = True


class _Fingerprint:
    """Tells forms apart by the names and the contents of their parts."""

    def __init__(self) -> None:
        self._parts = sha256()
        self._part = sha256()

    def add(self, event: _Event) -> None:
        if isinstance(event, Part):
            self._part = sha256(repr((event.name, event.filename)).encode())
        elif event != _END:
            self._part.update(event)
        else:
            self._parts.update(self._part.digest())

    def digest(self) -> bytes:
        return self._parts.digest()


def _boundary(content_type: bytes) -> bytes:
    type_, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if type_ != _TYPE or not 0 < len(boundary) <= MAX_BOUNDARY_LENGTH:
        raise InvalidRequestError(NOT_A_FORM)
    return boundary


def _text(data: bytes | bytearray) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidRequestError(NOT_A_FORM) from None
