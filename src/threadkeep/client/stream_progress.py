"""How far a stream of a run's events has come, and whether it is taken up again if it breaks off. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from threadkeep.client.missing import missing_delta
from threadkeep.client.polling import RUN_SETTLED
from threadkeep.client.run_stream import RunSnapshots
from threadkeep.errors import APIConnectionError, APITimeoutError
from threadkeep.types.event import Event, MessageDeltaEvent, MessageEvent, RunEvent
from threadkeep.wire import runs
from threadkeep.wire.operation import Operation
from threadkeep.wire.retry import RESUME_TRIES, retry_delay
from threadkeep.wire.runs import Until

_NUMBERED: Final = re.compile(r"[0-9]+\.[0-9]+")
_ENDS: Final[dict[Until, frozenset[str]]] = {
    "requires_action": RUN_SETTLED,
    "terminal": RUN_SETTLED - {"requires_action"},
}


class StreamProgress:
    """Of one stream, through all its connections. `address` is the run's thread id and id, once they are known."""

    def __init__(
        self,
        snapshots: RunSnapshots,
        *,
        until: Until,
        address: tuple[str, str] | None = None,
        after: str | None = None,
    ) -> None:
        self.until: Until = until
        self.address = address
        self.last_event_id = after
        """The id of the last event that came; None from a server that does not number its events."""
        self._tries_left = RESUME_TRIES
        self._breaks = 0
        self._snapshots = snapshots
        self._is_resumed = False
        self._is_at_end = False

    def take(self, event: Event, event_id: str | None) -> list[Event]:
        """Note that `event` came. What is to be passed on: before it, what was missed of a message that it ends."""
        self.last_event_id = event_id or self.last_event_id
        self._tries_left, self._breaks = RESUME_TRIES, 0
        if isinstance(event, RunEvent):
            self.address = (event.data.thread_id, event.data.id)
            self._is_at_end = event.data.status in _ENDS[self.until]
        if self._is_resumed and isinstance(event, MessageEvent):
            seen = self._snapshots.find_message(event.data.id)
            delta = seen and missing_delta(seen, event.data)
            if delta:
                return [MessageDeltaEvent("thread.message.delta", delta), event]
        return [event]

    def break_off(self, failure: APIConnectionError | None) -> bool:
        """Note that the connection broke or just ended; whether to open another one."""
        is_numbered = _NUMBERED.fullmatch(self.last_event_id or "") is not None
        if self._is_at_end or self.address is None or not is_numbered or self._tries_left <= 0:
            return False
        # What was silent for so long that we hung up is asked once more, and given up if that does not help.
        self._tries_left -= RESUME_TRIES if isinstance(failure, APITimeoutError) else 1
        self._breaks += 1
        self._is_resumed = True
        return True

    def delay(self, luck: float) -> float:
        """Seconds to wait before the next connection: none at first, more if one after the other brought nothing."""
        return retry_delay(self._breaks - 2, {}, now=0, luck=luck) if self._breaks > 1 else 0.0

    def rest(self, include: Iterable[str] | None) -> Operation[bytes]:
        """The call that gives the events after the last one that came."""
        assert self.address is not None
        thread_id, run_id = self.address
        query = {"after": self.last_event_id, "until": self.until, "include": include}
        return runs.events(thread_id, run_id, query)
