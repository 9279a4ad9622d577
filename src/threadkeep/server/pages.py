"""Pages of lists as answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.parents import check_parents
from threadkeep.storage import StoredPage
from threadkeep.types.page import PageQuery

View: TypeAlias = Callable[[bytes | msgspec.Raw], bytes | msgspec.Raw]
"""What callers see of an object, where that is not all that is kept of it."""


async def answer_page(
    call: Call, query: PageQuery, page: Awaitable[StoredPage], view: View | None = None
) -> bytes:
    """The page as JSON. Raises `MissingError` for a cursor or a parent that does not exist."""
    try:
        found = await page
    except MissingError as error:
        param = "after" if error.id == query.after else "before"
        raise MissingError(error.noun, error.id, param=param) from None
    if found.first_id is None:
        await check_parents(call)
    if view is not None:
        found = found.showing(map(view, found.items))
    return found.json
