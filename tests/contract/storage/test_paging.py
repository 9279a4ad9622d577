"""Pages of every list, in every storage."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.storage.listings import LISTINGS, Listing
from tests.support.manual_clock import ManualClock
from tests.support.records import PROJECT
from tests.support.storages import STORAGES
from threadkeep.errors import MissingError
from threadkeep.storage import Storage, StoredPage
from threadkeep.types.page import Order, PageQuery


@pytest.fixture(params=list(LISTINGS))
def listing(request: pytest.FixtureRequest, storage: Storage) -> Listing:
    return LISTINGS[request.param](storage, PROJECT)


def ids_of(page: StoredPage) -> list[str]:
    return [msgspec.json.decode(body)["id"] for body in page.items]


async def ids_on_page(listing: Listing, **fields: Any) -> tuple[list[str], bool]:
    page = await listing.page(PageQuery(**fields))
    return ids_of(page), page.has_more


async def test_an_empty_list_names_no_first_and_no_last(listing: Listing):
    page = msgspec.json.decode((await listing.page(PageQuery())).json)

    assert page == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


async def test_the_newest_comes_first_unless_asked_otherwise(listing: Listing):
    one, two, three = [await listing.add() for _ in range(3)]

    assert await ids_on_page(listing) == ([three, two, one], False)
    assert await ids_on_page(listing, order="asc") == ([one, two, three], False)


async def test_a_page_names_its_first_and_last(listing: Listing):
    one, two, three = [await listing.add() for _ in range(3)]

    page = await listing.page(PageQuery(limit=2))

    assert (page.first_id, page.last_id, page.has_more) == (three, two, True)
    assert one not in ids_of(page)


async def test_after_goes_on_behind_the_cursor_in_the_order_asked_for(listing: Listing):
    one, two, three, four = [await listing.add() for _ in range(4)]

    assert await ids_on_page(listing, after=three, limit=1) == ([two], True)
    assert await ids_on_page(listing, after=three, limit=2) == ([two, one], False)
    assert await ids_on_page(listing, order="asc", after=two, limit=1) == ([three], True)
    assert await ids_on_page(listing, order="asc", after=two, limit=2) == ([three, four], False)
    assert await ids_on_page(listing, after=one) == ([], False)


async def test_before_gives_what_leads_up_to_the_cursor_and_does_not_reverse_it(listing: Listing):
    one, two, three, four = [await listing.add() for _ in range(4)]

    assert await ids_on_page(listing, order="asc", before=three) == ([one, two], False)
    assert await ids_on_page(listing, order="asc", before=four, limit=2) == ([two, three], True)
    assert await ids_on_page(listing, before=two) == ([four, three], False)
    assert await ids_on_page(listing, before=one, limit=2) == ([three, two], True)
    assert await ids_on_page(listing, before=four) == ([], False)


async def test_between_two_cursors_the_page_begins_behind_the_first(listing: Listing):
    one, two, three, four, five = [await listing.add() for _ in range(5)]

    between = {"order": "asc", "after": one, "before": five}
    assert await ids_on_page(listing, **between) == ([two, three, four], False)
    assert await ids_on_page(listing, **between, limit=2) == ([two, three], True)
    assert await ids_on_page(listing, after=five, before=one, limit=2) == ([four, three], True)
    assert await ids_on_page(listing, after=one, before=five) == ([], False)


async def test_a_cursor_that_is_not_in_the_list_is_missing(listing: Listing):
    await listing.add()

    for query in (PageQuery(after="absent"), PageQuery(before="absent")):
        with pytest.raises(MissingError) as refused:
            await listing.page(query)
        assert (refused.value.noun, refused.value.id) == (listing.noun, "absent")


@pytest.mark.parametrize("name", list(LISTINGS))
async def test_a_list_holds_nothing_of_another_project_nor_takes_its_cursors(
    storage: Storage, name: str
):
    mine, theirs = (LISTINGS[name](storage, project) for project in ("mine", "theirs"))
    my_id, their_id = await mine.add(), await theirs.add()

    assert await ids_on_page(mine) == ([my_id], False)
    with pytest.raises(MissingError):
        await mine.page(PageQuery(after=their_id))


async def test_what_is_removed_meanwhile_neither_repeats_nor_hides_the_rest(listing: Listing):
    one, two, three, four = [await listing.add() for _ in range(4)]
    first_page, _ = await ids_on_page(listing, limit=2)
    await listing.remove(two)
    five = await listing.add()

    assert first_page == [four, three]
    assert await ids_on_page(listing, after=three) == ([one], False)
    assert await ids_on_page(listing) == ([five, four, three, one], False)


async def test_a_page_may_be_of_any_size(listing: Listing):
    ids = [await listing.add() for _ in range(5)]

    assert await ids_on_page(listing, limit=1_000, order="asc") == (ids, False)


Place = st.integers(min_value=0, max_value=30)
Changes = st.lists(st.tuples(st.sampled_from(["add", "add", "add", "remove"]), Place), max_size=15)
Questions = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.sampled_from(list(get_args(Order))),
        st.none() | Place,
        st.none() | Place,
    ),
    max_size=12,
)


def page_of(ids: list[str], query: PageQuery) -> tuple[list[str], bool]:
    """What a page is, said with a plain list."""
    shown = ids if query.order == "asc" else ids[::-1]
    end = len(shown) if query.before is None else shown.index(query.before)
    begin = 0 if query.after is None else shown.index(query.after) + 1
    window = shown[begin:end]
    from_the_end = query.before is not None and query.after is None
    part = window[-query.limit :] if from_the_end else window[: query.limit]
    return part, len(window) > query.limit


@pytest.mark.parametrize("kind", list(STORAGES))
@pytest.mark.parametrize("name", list(LISTINGS))
@given(changes=Changes, questions=Questions)
@settings(max_examples=15)
async def test_pages_are_those_of_a_plain_list(
    kind: str,
    name: str,
    changes: list[tuple[str, int]],
    questions: list[tuple[int, Order, int | None, int | None]],
):
    with TemporaryDirectory() as folder:
        storage = STORAGES[kind](Path(folder), ManualClock())
        await storage.open()
        try:
            await compare_pages(storage, name, changes, questions)
        finally:
            await storage.close()


async def compare_pages(
    storage: Storage,
    name: str,
    changes: list[tuple[str, int]],
    questions: list[tuple[int, Order, int | None, int | None]],
) -> None:
    mine, theirs = (LISTINGS[name](storage, project) for project in ("mine", "theirs"))
    ids: list[str] = []
    for change, place in changes:
        if change == "add":
            await theirs.add()
            ids.append(await mine.add())
        elif ids:
            await mine.remove(ids.pop(place % len(ids)))
    for limit, order, after, before in questions:
        query = PageQuery(
            limit=limit, order=order, after=_cursor(ids, after), before=_cursor(ids, before)
        )
        page = await mine.page(query)
        assert (ids_of(page), page.has_more) == page_of(ids, query)


def _cursor(ids: list[str], place: int | None) -> str | None:
    return None if place is None or not ids else ids[place % len(ids)]


async def test_a_walk_over_all_pages_sees_each_object_once_while_others_are_added(
    storage: Storage,
):
    listing = LISTINGS["messages"](storage, PROJECT)
    old = [await listing.add() for _ in range(25)]
    seen: list[str] = []
    cursor, has_more = None, True

    while has_more:
        (ids, has_more), _ = await asyncio.gather(
            ids_on_page(listing, limit=4, after=cursor), listing.add()
        )
        seen += ids
        cursor = ids[-1]

    assert [seen_id for seen_id in seen if seen_id in old] == old[::-1]
    assert len(seen) == len(set(seen))
