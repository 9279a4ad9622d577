"""Server-sent events, as bytes: a parser that is fed, and the writer of what it reads.

The parser follows https://html.spec.whatwg.org/multipage/server-sent-events.html. It keeps data as
bytes, since all of it here is JSON and is decoded as such. Nearly every block of a chat model or of
this API is `data: …` or `event: …` and `data: …`: those two shapes are recognised whole, and only
what is neither is taken apart line by line.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

_BOM = b"\xef\xbb\xbf"
_BREAKS = frozenset("\n\r\0")
_LINE_BREAK = "An event cannot carry a line break here."
_RETRY_DIGITS = 15  # Python refuses to read numbers of thousands of digits; so do we


class ServerSentEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of a stream."""

    event: str
    """Its name; `message` if it bears none."""
    data: bytes
    id: str | None = None
    """The newest id of the stream so far, which may be of an earlier event."""
    retry_ms: int | None = None
    """How long the stream asks to wait before coming back, if this event says so."""


class SSEParser:
    """Turns the bytes of one stream into events, however the bytes are cut into chunks."""

    __slots__ = ("_ends_with_return", "_start", "_unfinished", "last_event_id", "retry_ms")

    def __init__(self) -> None:
        self.last_event_id: str | None = None
        """What to send as `Last-Event-ID` to go on from here."""
        self.retry_ms: int | None = None
        """The last waiting time that the stream asked for."""
        self._unfinished: list[bytes] = []
        self._ends_with_return = False
        self._start: bytes | None = b""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Give the events that these bytes complete."""
        if self._start is not None:
            chunk = self._without_bom(chunk)
        if b"\r" in chunk or self._ends_with_return:
            chunk = self._with_plain_newlines(chunk)
        if self._unfinished:
            chunk = self._joined(chunk)
        blocks = chunk.split(b"\n\n")
        if rest := blocks.pop():
            self._unfinished.append(rest)
        return self._events(blocks) if blocks else []

    def finish(self, *, keep_incomplete: bool = False) -> list[ServerSentEvent]:
        """Say that the stream is over. An event without its blank line is dropped, or kept."""
        if keep_incomplete:
            return self.feed(b"\n\n")
        self._unfinished.clear()
        return []

    def _joined(self, chunk: bytes) -> bytes:
        # A long event comes in many chunks; joining them only at its end keeps the cost linear.
        ends_block = chunk.startswith(b"\n") and self._unfinished[-1].endswith(b"\n")
        if not ends_block and b"\n\n" not in chunk:
            return chunk
        self._unfinished.append(chunk)
        chunk = b"".join(self._unfinished)
        self._unfinished.clear()
        return chunk

    def _events(self, blocks: list[bytes]) -> list[ServerSentEvent]:
        events: list[ServerSentEvent] = []
        for block in blocks:
            head, _, rest = block.partition(b"\n")
            if not rest and head.startswith(b"data: "):
                event = ServerSentEvent("message", head[6:], self.last_event_id)
            elif head.startswith(b"event: ") and rest.startswith(b"data: ") and b"\n" not in rest:
                name = head[7:].decode("utf-8", "replace") or "message"
                event = ServerSentEvent(name, rest[6:], self.last_event_id)
            else:
                event = self._event_by_line(block)
            if event is not None:
                events.append(event)
        return events

    def _event_by_line(self, block: bytes) -> ServerSentEvent | None:
        name = ""
        data: list[bytes] = []
        retry_ms: int | None = None
        for line in block.split(b"\n"):
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            match field:
                case b"data":
                    data.append(value)
                case b"event":
                    name = _text(value)
                case b"id" if b"\0" not in value:
                    self.last_event_id = _text(value)
                case b"retry" if value.isdigit() and len(value) <= _RETRY_DIGITS:
                    retry_ms = self.retry_ms = int(value)
                case _:
                    pass  # a comment, a blank line, or a field of some later version
        if not data:
            return None
        return ServerSentEvent(name or "message", b"\n".join(data), self.last_event_id, retry_ms)

    def _without_bom(self, chunk: bytes) -> bytes:
        start = (self._start or b"") + chunk
        if len(start) < len(_BOM) and _BOM.startswith(start):
            self._start = start
            return b""
        self._start = None
        return start.removeprefix(_BOM)

    def _with_plain_newlines(self, chunk: bytes) -> bytes:
        if not chunk:
            return chunk
        if self._ends_with_return and chunk.startswith(b"\n"):
            # The line already ended with the chunk before.
            chunk = chunk[1:]
            self._ends_with_return = False
        if chunk:
            self._ends_with_return = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def encode_event(name: str | None, data: bytes, *, id: str | None = None) -> bytes:
    """Give the bytes of one event, whose data is a single line such as JSON."""
    if b"\n" in data or b"\r" in data or b"\0" in data:
        raise ValueError(_LINE_BREAK)
    head = b"" if id is None else b"id: %b\n" % _field(id)
    return b"%b%bdata: %b\n\n" % (head, _name_line(name), data)


@lru_cache(maxsize=64)
def _name_line(name: str | None) -> bytes:
    return b"" if name is None else b"event: %b\n" % _field(name)


def _field(value: str) -> bytes:
    if not _BREAKS.isdisjoint(value):
        raise ValueError(_LINE_BREAK)
    return value.encode()


def _text(value: bytes) -> str:
    return value.decode(errors="replace")
