"""Pages: what a list call's answer holds, and the call for the page after it."""

from __future__ import annotations

from typing import Generic, TypeVar, cast

import msgspec

from threadkeep.types.codec import decode, decoder_of
from threadkeep.types.resource import RawItems, Resource, keep_raw
from threadkeep.wire.operation import ListOperation

ItemT = TypeVar("ItemT")


class PageAnswer(msgspec.Struct, Generic[ItemT], frozen=True, kw_only=True):
    """A page as received. Some servers leave out what is beside the data."""

    data: list[ItemT]
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool | None = None


def decode_page(body: bytes, item: type[ItemT]) -> PageAnswer[ItemT]:
    """The page in `body`, each item keeping its own bytes.

    Raises `msgspec.DecodeError` if it is something else.
    """
    try:
        page = cast("PageAnswer[ItemT]", decoder_of(PageAnswer[item]).decode(body))
    except msgspec.ValidationError:
        return _decode_item_by_item(body, item)
    if issubclass(item, Resource):
        items = RawItems(body)
        for index, resource in enumerate(cast("list[Resource]", page.data)):
            keep_raw(resource, (items, index))
    return page


def _decode_item_by_item(body: bytes, item: type[ItemT]) -> PageAnswer[ItemT]:
    """The same where something is unknown: only the item that has it is decoded the slow way."""
    page = decode(body, PageAnswer[msgspec.Raw])
    return PageAnswer(
        data=[decode(raw, item) for raw in page.data],
        first_id=page.first_id,
        last_id=page.last_id,
        has_more=page.has_more,
    )


def following(
    operation: ListOperation[ItemT], page: PageAnswer[ItemT]
) -> ListOperation[ItemT] | None:
    """The call for the page after `page`, the answer to `operation`; None if it is the last one.

    Cursors are the ids of the items. A list asked for by `before` goes on before its first item.
    """
    if not operation.is_paged or page.has_more is False or not page.data:
        return None
    backwards = bool(operation.query.get("before")) and not operation.query.get("after")
    cursor = getattr(page.data[0 if backwards else -1], "id", None)
    if not cursor:
        return None
    query = {**operation.query, "before" if backwards else "after": cursor}
    return msgspec.structs.replace(operation, query=query)
