"""Pages: the parts in which lists are served."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

import msgspec

ItemT = TypeVar("ItemT")

Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]
Order = Literal["asc", "desc"]


class PageBody(msgspec.Struct, Generic[ItemT], frozen=True, kw_only=True):
    """A page as it travels. Empty: `first_id` and `last_id` are null."""

    object: str = "list"
    data: list[ItemT] = []
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page: `after` and `before` are object ids; newest first unless `order` is `asc`."""

    limit: Limit = 20
    order: Order = "desc"
    after: str | None = None
    before: str | None = None
