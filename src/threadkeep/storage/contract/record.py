"""The shapes in which a storage hands out what it keeps."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

import msgspec

from threadkeep.types.codec import decode
from threadkeep.types.resource import Resource

ResourceT = TypeVar("ResourceT", bound=Resource)

BETWEEN: Final = b",\n"
"""Stands between the items of a page, and nowhere within them: JSON as it is kept has no line end."""


class StoredPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page whose items are the stored JSON, in one piece: it is sent as it is, nothing is decoded."""

    joined: bytes = b""
    """The items, `BETWEEN` them."""
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False

    @property
    def items(self) -> list[msgspec.Raw]:
        """Each item by itself."""
        return _items.decode(b"[%b]" % self.joined)

    def to_json(self) -> bytes:
        """As it travels."""
        ends = _Ends(self.first_id, self.last_id, self.has_more)
        rest = msgspec.json.encode(ends)
        return b"".join((b'{"object":"list","data":[', self.joined, b"],", rest[1:]))


class _Ends(msgspec.Struct):
    first_id: str | None
    last_id: str | None
    has_more: bool


_items: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Record(msgspec.Struct, Generic[ResourceT], frozen=True):
    """An object as it is kept: its JSON, and a revision that grows with each change."""

    body: bytes
    revision: int
    type: type[ResourceT]

    @property
    def value(self) -> ResourceT:
        """The object."""
        return decode(self.body, self.type)
