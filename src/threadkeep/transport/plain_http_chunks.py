"""A body that comes in chunks, each under its length."""

from __future__ import annotations

from typing import Final, Literal

_LINE_END: Final = b"\r\n"
_LONGEST_LINE: Final = 16 * 1024


class ChunkedBody:
    """Takes what its chunks hold out of them."""

    __slots__ = ("_left", "_next", "_rest", "is_complete")

    def __init__(self) -> None:
        self.is_complete = False
        self._rest = b""
        self._left = 0
        """How many bytes of the present chunk have not come yet."""
        self._next: Literal["length", "end of chunk", "trailer"] = "length"

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """What of the body came with these bytes, and what came behind its end."""
        data = self._rest + data
        held: list[bytes] = []
        at = 0
        while not self.is_complete:
            if self._left:
                piece = data[at : at + self._left]
                held.append(piece)
                self._left -= len(piece)
                at += len(piece)
            if self._next == "length":
                at = _take_whole_chunks(data, at, held)
            end = data.find(_LINE_END, at)
            if end < 0:
                break
            self._take_line(data[at:end])
            at = end + len(_LINE_END)
        body = held[0] if len(held) == 1 else b"".join(held)
        return body, self._keep(data[at:])

    def _take_line(self, line: bytes) -> None:
        match self._next:
            case "length":
                self._left = _length(line)
                self._next = "end of chunk" if self._left else "trailer"
            case "end of chunk":
                if line:
                    raise ConnectionError("a chunk is longer than its length")
                self._next = "length"
            case "trailer":
                self.is_complete = not line

    def _keep(self, rest: bytes) -> bytes:
        """Keep a line that has no end yet; give what is behind the whole body."""
        self._rest, extra = (b"", rest) if self.is_complete else (rest, b"")
        if len(self._rest) > _LONGEST_LINE:
            raise ConnectionError("the length of a chunk has no end")
        return extra


def _take_whole_chunks(data: bytes, at: int, held: list[bytes]) -> int:
    """Take those of which everything is here, as it mostly is. Gives where they end."""
    while (end := data.find(_LINE_END, at)) >= 0:
        begin = end + len(_LINE_END)
        size = _length(data[at:end])
        end = begin + size
        if not size or data[end : end + 2] != _LINE_END:
            break
        held.append(data[begin:end])
        at = end + len(_LINE_END)
    return at


def _length(line: bytes) -> int:
    digits = line if line.isalnum() else line.partition(b";")[0].rstrip(b" \t")
    try:
        return int(digits if digits.isalnum() else b"", 16)
    except ValueError:
        raise ConnectionError(f"the length of a chunk is {line[:40]!r}") from None
