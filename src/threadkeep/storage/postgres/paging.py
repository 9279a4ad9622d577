"""Reading pages: from a cursor to its sequence number, and from there the rows asked for and one to tell of more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from threadkeep.errors import MissingError
from threadkeep.storage import BETWEEN, StoredPage, stored_page
from threadkeep.storage.postgres.query import Query, load_query
from threadkeep.storage.postgres.session import Row, Session
from threadkeep.types.page import PageQuery

_FIRST: Final = 0
_LAST: Final = 2**63 - 1


class Listing(NamedTuple):
    """The queries that a list is read with: what a cursor stands for, and the rows between two places."""

    noun: str
    cursor: Query
    ascending: Query
    descending: Query


def load_listing(noun: str, folder: str, suffix: str = "") -> Listing:
    """The queries of the list in `folder`; `noun` is as in "No thread found"."""
    return Listing(
        noun,
        load_query(f"{folder}/page_cursor"),
        load_query(f"{folder}/page{suffix}_ascending"),
        load_query(f"{folder}/page{suffix}_descending"),
    )


def stored_body(row: Row) -> bytes:
    """An item as it is kept: the body of a row that begins with id and body."""
    return row[1]


async def read_page(
    session: Session,
    listing: Listing,
    query: PageQuery,
    finish: Callable[[Row], bytes] = stored_body,
    **scope: object,
) -> StoredPage:
    """The page, within `scope` (the project, and what the list belongs to); `finish` makes an item of a row.

    Behind `after` the page begins; with `before` alone it ends there. `has_more` tells of the direction that was paged.
    """
    backwards = query.before is not None and query.after is None
    ascending = (query.order == "asc") != backwards
    above, below = await _bounds(session, listing, query, scope)
    rows = await session.rows(
        listing.ascending if ascending else listing.descending,
        above=above,
        below=below,
        limit=query.limit + 1,
        **scope,
    )
    has_more = len(rows) > query.limit
    shown = rows[: query.limit]
    if backwards:
        shown.reverse()
    return _page(shown, finish, has_more=has_more)


async def _bounds(
    session: Session, listing: Listing, query: PageQuery, scope: dict[str, object]
) -> tuple[int, int]:
    """The sequence numbers between which the page lies, both left out."""
    after, before = [
        None if cursor is None else await _place(session, listing, cursor, scope)
        for cursor in (query.after, query.before)
    ]
    above, below = (after, before) if query.order == "asc" else (before, after)
    return _FIRST if above is None else above, _LAST if below is None else below


async def _place(session: Session, listing: Listing, cursor: str, scope: dict[str, object]) -> int:
    row = await session.row(listing.cursor, id=cursor, **scope)
    if row is None:
        raise MissingError(listing.noun, cursor)
    return row[0]


def _page(rows: list[Row], finish: Callable[[Row], bytes], *, has_more: bool) -> StoredPage:
    first_id, last_id = (rows[0][0], rows[-1][0]) if rows else (None, None)
    return stored_page(BETWEEN.join(map(finish, rows)), first_id, last_id, has_more=has_more)
