"""/threads/{thread_id}/runs/{run_id}/events: what happened to a run, from any event on, again and as it goes on.

Not part of the contract; served to whoever asks.
"""

from __future__ import annotations

from typing import Final

import msgspec

from threadkeep.engine.event_log import RunEvent
from threadkeep.engine.follower import ENDS
from threadkeep.server.answer import Answer
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.event_id import event_id, last_seen
from threadkeep.server.query import parse_run_events_query
from threadkeep.server.streaming import EventStream
from threadkeep.types.codec import encode
from threadkeep.types.page import PageBody


class EventEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An event in a page."""

    id: str
    event: str
    data: msgspec.Raw


async def list_(call: Call) -> bytes | Answer:
    """The events after one that the caller has seen: as a stream, or a page of those that are there by now."""
    query = parse_run_events_query(call.query)
    after = last_seen(call)
    with_content = call.includes_search_content
    ids = call.ids
    record = await call.engine.runs.record(call.project, ids["thread_id"], ids["run_id"])
    follower = call.engine.follower
    if query.stream == "true" or (query.stream is None and _accepts_stream(call)):
        events = follower.follow(
            record, after, until=query.until, with_content=with_content, may_leave=True
        )
        return EventStream([], events, is_numbered=True, ends=ENDS[query.until])
    return _page(await follower.so_far(record, after, with_content=with_content), query.limit)


def _accepts_stream(call: Call) -> bool:
    return "text/event-stream" in (call.header(b"accept") or "")


def _page(events: list[RunEvent], limit: int) -> bytes:
    entries = [
        EventEntry(id=event_id(event), event=event.name, data=msgspec.Raw(event.data))
        for event in events[:limit]
    ]
    page = PageBody(
        data=entries,
        first_id=entries[0].id if entries else None,
        last_id=entries[-1].id if entries else None,
        has_more=len(events) > limit,
    )
    return encode(page)


ROUTES: Final[dict[str, Handlers]] = {
    "/threads/{thread_id}/runs/{run_id}/events": {"GET": list_},
}
