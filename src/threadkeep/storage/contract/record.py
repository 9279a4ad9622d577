"""The shapes in which a storage hands out what it keeps."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

import msgspec

from threadkeep.types.codec import decode
from threadkeep.types.page import PageBody
from threadkeep.types.resource import Resource

ResourceT = TypeVar("ResourceT", bound=Resource)

StoredPage: TypeAlias = PageBody[msgspec.Raw]
"""A page whose items are the stored JSON: it is sent as it is, nothing is decoded."""


class Record(msgspec.Struct, Generic[ResourceT], frozen=True):
    """An object as it is kept: its JSON, and a revision that grows with each change."""

    body: bytes
    revision: int
    type: type[ResourceT]

    @property
    def value(self) -> ResourceT:
        """The object."""
        return decode(self.body, self.type)
