"""Run streams: the events of a run as the answer to the request that set it going, told again if that is repeated."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from threadkeep.engine.event_log import RunEvent
from threadkeep.engine.follower import ENDS
from threadkeep.errors import MissingError
from threadkeep.server.answer import Headers
from threadkeep.server.call import Call
from threadkeep.server.event_id import wants_numbers
from threadkeep.server.streaming import EventStream
from threadkeep.storage import RunRecord


class KeptStream(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a stream to tell its events again; `epoch` is where in the run it begins."""

    opening: list[RunEvent]
    thread_id: str
    run_id: str
    epoch: int


class RunStream(EventStream):
    """The events that the request itself caused, and then those of the run since `record`."""

    def __init__(
        self, call: Call, opening: Sequence[RunEvent], record: RunRecord, headers: Headers = ()
    ) -> None:
        is_numbered = wants_numbers(call)
        events = call.engine.follower.follow(
            record, with_content=call.includes_search_content, may_leave=is_numbered
        )
        super().__init__(
            opening,
            events,
            is_numbered=is_numbered,
            ends=ENDS["requires_action"],
            headers=headers,
        )
        self._record = record

    def to_bytes(self) -> bytes:
        """What is to be kept of it."""
        kept = KeptStream(
            opening=[*self.opening],
            thread_id=self._record.run.thread_id,
            run_id=self._record.run.id,
            epoch=self._record.epoch,
        )
        return msgspec.json.encode(kept)


async def told_again(call: Call, data: bytes, headers: Headers) -> RunStream:
    """A stream that was kept, from its beginning. Raises `MissingError` if the run was deleted."""
    kept = msgspec.json.decode(data, type=KeptStream)
    record = await call.storage.runs.find(call.project, kept.thread_id, kept.run_id)
    if record is None:
        raise MissingError("run", kept.run_id)
    since = msgspec.structs.replace(record, epoch=kept.epoch)
    return RunStream(call, kept.opening, since, headers)
