"""An answer in HTTP/1.1, out of bytes that come in any pieces. Nothing here reads or waits."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Final

from threadkeep.transport.plain_http_chunks import ChunkedBody

_LARGEST_HEAD: Final = 256 * 1024
_STATUS_LINE: Final = re.compile(r"HTTP/1\.([01]) ([1-5][0-9]{2})(?: .*)?")
_START: Final = b"HTTP/1."
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SWITCHING: Final = 101
_INTERIM: Final = 200
"""Below this a status announces another answer."""
_BODILESS: Final = frozenset({204, 304})
_GZIP_OR_ZLIB: Final = 47
_CODINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})


class UnansweredError(ConnectionError):
    """The connection ended before a single byte of the answer."""


class Answer:
    """The answer to one request, as far as it has come. `headers` are joined, with names in lower case.

    What cannot be understood, or ends too early, is raised as a `ConnectionError`.
    """

    __slots__ = (
        "_body",
        "_chunked",
        "_head",
        "_inflate",
        "_left",
        "has_head",
        "headers",
        "is_complete",
        "may_serve_again",
        "status",
        "unread",
    )

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.has_head = False
        self.is_complete = False
        self.may_serve_again = False
        """Whether another request may follow on its connection."""
        self.unread = 0
        """How many bytes of the body have come and were not taken yet."""
        self._head = b""
        self._chunked: ChunkedBody | None = None
        self._left: int | None = None
        self._inflate: Callable[[bytes], bytes] | None = None
        self._body: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """These bytes have come."""
        if not self.has_head:
            data = self._after_head(data)
        if self.is_complete:
            self.may_serve_again = self.may_serve_again and not data  # more came than was asked for
        elif data:
            self._take_body(data)

    def feed_end(self, error: Exception | None = None) -> None:
        """Nothing more will come: what has neither a length nor chunks is complete only now."""
        if self.is_complete:
            return
        reason = str(error or "the connection was closed")
        if self.has_head and self._left is None and self._chunked is None:
            self.is_complete = True
        elif self.has_head or self._head:
            raise ConnectionResetError(f"{reason}, before the end of the answer")
        else:
            raise UnansweredError(f"{reason}, without an answer")

    def take(self) -> bytes:
        """All of the body that has come and was not taken yet."""
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        self.unread = 0
        return body

    # The head ------------------------------------------------------------------------------------

    def _after_head(self, data: bytes) -> bytes:
        """What comes behind the head, once that is here."""
        data = self._head + data
        while not self.has_head:
            head, end, behind = data.partition(b"\r\n\r\n")
            if not data.startswith(_START[: len(data)]):
                raise ConnectionError("what came is no answer in HTTP/1")
            if not end or len(head) > _LARGEST_HEAD:
                if len(head) > _LARGEST_HEAD:
                    raise ConnectionError("the head of the answer has no end")
                self._head = data
                return b""
            self._take_head(head.decode("latin-1"))
            data = behind
        return data

    def _take_head(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        line = _STATUS_LINE.fullmatch(first)
        if line is None:
            raise ConnectionError("what came is no answer in HTTP/1")
        status = int(line[2])
        if status == _SWITCHING:
            raise ConnectionError("the answer switches to another protocol")
        if status >= _INTERIM:
            self.status = status
            self.headers = _headers(lines)
            self.has_head = True
            self._prepare_body(is_lasting=line[1] == "1")

    def _prepare_body(self, *, is_lasting: bool) -> None:
        length = self.headers.get("content-length")
        if self.status in _BODILESS:
            self._left = 0
        elif (transfer := self.headers.get("transfer-encoding")) is not None:
            if transfer.lower() != "chunked":
                raise ConnectionError(f"the answer comes in the transfer coding {transfer}")
            self._chunked = ChunkedBody()
        elif length is not None:
            if not (length.isascii() and length.isdecimal()):
                raise ConnectionError(f"the answer has the length {length!r}")
            self._left = int(length)
        wish = self.headers.get("connection", "").lower()
        self.may_serve_again = "close" not in wish if is_lasting else "keep-alive" in wish
        if self._left is None and self._chunked is None:
            self.may_serve_again = False
        self._prepare_decoding()
        self.is_complete = self._left == 0

    def _prepare_decoding(self) -> None:
        coding = self.headers.get("content-encoding", "identity").lower()
        if coding in _CODINGS:  # although none was asked for
            self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB).decompress
        elif coding != "identity":
            raise ConnectionError(f"the answer comes in the content coding {coding}")

    # The body ------------------------------------------------------------------------------------

    def _take_body(self, data: bytes) -> None:
        extra = b""
        if self._chunked is not None:
            data, extra = self._chunked.feed(data)
            self.is_complete = self._chunked.is_complete
        elif self._left is not None:
            data, extra = data[: self._left], data[self._left :]
            self._left -= len(data)
            self.is_complete = not self._left
        if extra:
            self.may_serve_again = False
        if self._inflate is not None:
            data = self._inflated(data)
        if data:
            self._body.append(data)
            self.unread += len(data)

    def _inflated(self, data: bytes) -> bytes:
        assert self._inflate is not None
        try:
            return self._inflate(data)
        except zlib.error as error:
            raise ConnectionError(f"the answer cannot be decompressed: {error}") from error


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if not _NAME.fullmatch(name):
            raise ConnectionError(f"a line of the head is no header: {line!r}")
        key, text = name.lower(), value.strip(" \t")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
