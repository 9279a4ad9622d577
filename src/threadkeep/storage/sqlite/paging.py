"""Reading pages: from a cursor to its sequence number, and from there the rows asked for and one to tell of more."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple, TypeAlias

import msgspec

from threadkeep.errors import MissingError
from threadkeep.storage import BETWEEN, StoredPage, stored_page
from threadkeep.storage.sqlite.query import Query, load_query
from threadkeep.storage.sqlite.session import Parameters, Session
from threadkeep.types.page import PageQuery

_FIRST: Final = 0
_LAST: Final = 2**63 - 1


class _Named(msgspec.Struct):
    id: str


_named: Final = msgspec.json.Decoder(_Named)


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


Found: TypeAlias = tuple[bytes, int]
"""Items as they are served, `BETWEEN` them, and how many they are."""

Find: TypeAlias = Callable[[Session, Query, Parameters], Found]
"""Reads the items that a query gives."""


def find_bodies(session: Session, query: Query, parameters: Parameters) -> Found:
    """Items as they are kept, fetched as one row: to hand over a row costs more than to read it.

    Each time the interpreter's lock is let go, and whoever waits for it is woken up.
    """
    ((found, count),) = session.rows(joined(query), **parameters)
    return found or b"", count


@cache
def joined(query: Query) -> Query:
    """The bodies that the query gives as one, in its order, and their number."""
    between = BETWEEN.decode()
    sql = f"select cast(group_concat(body, '{between}') as blob), count(*) from ({query.sql})"  # noqa: S608 - all ours
    return Query(query.name, sql)


def read_page(
    session: Session,
    listing: Listing,
    query: PageQuery,
    find: Find = find_bodies,
    **scope: str | None,
) -> StoredPage:
    """The page, within `scope` (the project, and what the list belongs to).

    Behind `after` the page begins; with `before` alone it ends there. `has_more` tells of the direction that was paged.
    """
    backwards = query.before is not None and query.after is None
    ascending = (query.order == "asc") != backwards
    above, below = _bounds(session, listing, query, scope)
    found, count = find(
        session,
        listing.ascending if ascending else listing.descending,
        {"above": above, "below": below, "limit": query.limit + 1, **scope},
    )
    has_more = count > query.limit
    end = found.rindex(BETWEEN) if has_more else len(found)
    if backwards:
        found = BETWEEN.join(reversed(found[:end].split(BETWEEN)))
    return _page(found, end, has_more=has_more)


def _bounds(
    session: Session, listing: Listing, query: PageQuery, scope: dict[str, str | None]
) -> tuple[int, int]:
    """The sequence numbers between which the page lies, both left out."""
    after = None if query.after is None else _place(session, listing, query.after, scope)
    before = None if query.before is None else _place(session, listing, query.before, scope)
    above, below = (after, before) if query.order == "asc" else (before, after)
    return _FIRST if above is None else above, _LAST if below is None else below


def _place(session: Session, listing: Listing, cursor: str, scope: dict[str, str | None]) -> int:
    row = session.row(listing.cursor, id=cursor, **scope)
    if row is None:
        raise MissingError(listing.noun, cursor)
    return row[0]


def _page(items: bytes, end: int, *, has_more: bool) -> StoredPage:
    """The page of what of `items` lies before `end`."""
    if not end:
        return stored_page(items)
    second, last = items.find(BETWEEN, 0, end), items.rfind(BETWEEN, 0, end)
    first_id = _named.decode(items[: end if second < 0 else second]).id
    last_id = _named.decode(items[0 if last < 0 else last + len(BETWEEN) : end]).id
    return stored_page(memoryview(items)[:end], first_id, last_id, has_more=has_more)
