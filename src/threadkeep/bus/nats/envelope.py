"""How a payload travels in messages of a server that bounds their size: whole, or in pieces that follow each other.

The first byte of a message says what it is. A piece goes on with the id of its payload, its index and their count.
"""

from __future__ import annotations

import secrets
import struct
from typing import Final

PIECE_BYTES: Final = 256 * 1024
"""The most of a payload that travels in one message, so that a large one does not hold up all others."""
NOTHING: Final = b"\x02"
"""The message instead of an answer when there is none."""

_WHOLE: Final = b"\x00"
_PIECE: Final = b"\x01"
_HEADER: Final = struct.Struct(">c8sII")
_OPEN_AT_ONCE: Final = 8


def enclose(payload: bytes | None, max_payload: int) -> list[bytes]:
    """The messages that carry this payload, or word that there is none, each of at most `max_payload` bytes."""
    if payload is None:
        return [NOTHING]
    room = min(PIECE_BYTES, max_payload - _HEADER.size)
    if len(payload) <= room:
        return [_WHOLE + payload]
    payload_id = secrets.token_bytes(8)
    begins = range(0, len(payload), room)
    return [
        _HEADER.pack(_PIECE, payload_id, index, len(begins)) + payload[begin : begin + room]
        for index, begin in enumerate(begins)
    ]


class Opener:
    """Makes payloads of messages again. One whose pieces did not all come, in order, is lost."""

    def __init__(self) -> None:
        self._open: dict[bytes, list[bytes]] = {}

    def open(self, message: bytes) -> bytes | None:
        """The payload that this message completes, if it does."""
        if message.startswith(_WHOLE):
            return message[1:]
        if not message.startswith(_PIECE) or len(message) < _HEADER.size:
            return None
        _, payload_id, index, count = _HEADER.unpack_from(message)
        return self._join(payload_id, index, count, message[_HEADER.size :])

    def _join(self, payload_id: bytes, index: int, count: int, piece: bytes) -> bytes | None:
        pieces = self._open.pop(payload_id, [])
        if index != len(pieces):
            return None
        pieces.append(piece)
        if len(pieces) == count:
            return b"".join(pieces)
        if (
            len(self._open) == _OPEN_AT_ONCE
        ):  # its publisher is gone: the longest without a new piece
            del self._open[next(iter(self._open))]
        self._open[payload_id] = pieces
        return None
