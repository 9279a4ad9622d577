"""The shapes in which a storage hands out what it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Generic, TypeVar

import msgspec

from threadkeep.types.codec import decode
from threadkeep.types.page import PageBody
from threadkeep.types.resource import Resource

ResourceT = TypeVar("ResourceT", bound=Resource)

BETWEEN: Final = b",\n"
"""Stands between the items of a page, and nowhere within them: JSON as it is kept has no line end."""


class StoredPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it travels. Its items are the stored JSON: nothing of it is decoded."""

    json: bytes
    first_id: str | None
    last_id: str | None
    has_more: bool

    @property
    def items(self) -> list[msgspec.Raw]:
        """Each item by itself."""
        return _page.decode(self.json).data

    def showing(self, items: Iterable[bytes | msgspec.Raw]) -> StoredPage:
        """The same page with what callers see of its items."""
        joined = BETWEEN.join(items)
        return stored_page(joined, self.first_id, self.last_id, has_more=self.has_more)


def stored_page(
    joined: bytes | memoryview,
    first_id: str | None = None,
    last_id: str | None = None,
    *,
    has_more: bool = False,
) -> StoredPage:
    """The page of these items, which have `BETWEEN` between them."""
    ends = msgspec.json.encode(_Ends(first_id, last_id, has_more))
    json = b"".join((b'{"object":"list","data":[', joined, b"],", ends[1:]))
    return StoredPage(json=json, first_id=first_id, last_id=last_id, has_more=has_more)


class _Ends(msgspec.Struct):
    first_id: str | None
    last_id: str | None
    has_more: bool


_page: Final = msgspec.json.Decoder(PageBody[msgspec.Raw])


class Record(msgspec.Struct, Generic[ResourceT], frozen=True):
    """An object as it is kept: its JSON, and a revision that grows with each change."""

    body: bytes
    revision: int
    type: type[ResourceT]

    @property
    def value(self) -> ResourceT:
        """The object."""
        return decode(self.body, self.type)
