"""Pages of lists."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.client.options import NOT_GIVEN
from threadkeep.types.message import Message
from threadkeep.types.model import Model
from threadkeep.types.vector_store import SearchContent
from threadkeep.wire import messages, models
from threadkeep.wire.operation import ListOperation
from threadkeep.wire.paging import decode_page, following


def page_body(ids: list[str], **rest: Any) -> bytes:
    data = [{"id": item_id} for item_id in ids]
    return json.dumps({"object": "list", "data": data, **rest}).encode()


def follow(query: dict[str, Any], body: bytes) -> ListOperation[Message] | None:
    operation = messages.list("thread_1", query)
    return following(operation, decode_page(body, Message))


def test_each_item_keeps_its_own_bytes():
    body = (
        b'{"object":"list","data":[{"id":"msg_1","mood":"fine"},{"id":"msg_2"}],"has_more":false}'
    )
    first, second = decode_page(body, Message).data
    assert first.unknown_fields == {"mood": "fine"}
    assert first.to_dict() == {"id": "msg_1", "mood": "fine"}
    assert second.to_dict() == {"id": "msg_2"}


def test_one_item_with_something_unknown_is_mended_and_the_others_keep_their_bytes_too():
    odd = b'{"id":"msg_1","content":[{"type":"hologram","url":"x"}]}'
    page = decode_page(b'{"data":[' + odd + b',{"id":"msg_2","mood":"fine"}]}', Message)
    assert [part.type for part in page.data[0].content] == ["hologram"]
    assert [item.to_dict() for item in page.data] == [
        json.loads(odd),
        {"id": "msg_2", "mood": "fine"},
    ]


def test_the_next_page_begins_after_the_last_item():
    operation = follow({"limit": 2, "after": NOT_GIVEN}, page_body(["b", "a"], has_more=True))
    assert operation is not None
    assert operation.query == {"limit": 2, "after": "a"}


def test_a_list_before_an_item_goes_on_before_its_first_item():
    operation = follow({"before": "z"}, page_body(["x", "y"], has_more=True))
    assert operation is not None
    assert operation.query == {"before": "x"}


@pytest.mark.parametrize(
    "body", [page_body(["a"], has_more=False), page_body([], has_more=True), page_body([])]
)
def test_the_last_page_has_none_after_it(body: bytes):
    assert follow({}, body) is None


def test_a_server_that_does_not_say_whether_there_is_more_is_asked():
    assert follow({}, page_body(["a"])) is not None


def test_a_list_that_comes_whole_has_one_page():
    operation = models.list()
    assert following(operation, decode_page(page_body(["gpt"]), Model)) is None


def test_items_without_ids_are_on_one_page():
    operation = ListOperation(path="/parts", item=SearchContent)
    page = decode_page(b'{"data": [{"type": "text", "text": "a"}]}', SearchContent)
    assert following(operation, page) is None


def test_what_is_no_page_is_refused():
    with pytest.raises(msgspec.DecodeError):
        decode_page(b'{"id": "msg_1"}', Message)


@given(st.lists(st.integers(), unique=True), st.integers(1, 7), st.booleans(), st.booleans())
def test_all_items_are_seen_once_in_order(
    numbers: list[int], limit: int, backwards: bool, says_more: bool
):
    ids = [f"msg_{number}" for number in numbers]
    operation: ListOperation[Message] | None = messages.list(
        "thread_1", {"before": "end"} if backwards else {}
    )
    seen: list[str] = []
    while operation is not None:
        body = serve(ids, operation, limit, says_more)
        page = decode_page(body, Message)
        found = [message.id for message in page.data]
        seen = [*found, *seen] if backwards else [*seen, *found]
        operation = following(operation, page)
    assert seen == ids


def serve(ids: list[str], operation: ListOperation[Message], limit: int, says_more: bool) -> bytes:
    """What a server with `ids` answers."""
    after, before = operation.query.get("after"), operation.query.get("before")
    if before:
        end = ids.index(before) if before in ids else len(ids)
        page, more = ids[max(end - limit, 0) : end], end > limit
    else:
        start = ids.index(after) + 1 if after else 0
        page, more = ids[start : start + limit], start + limit < len(ids)
    return page_body(page, **({"has_more": more} if says_more else {}))
