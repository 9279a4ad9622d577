"""Event ids: `<epoch>.<number>`, by which the events of a run are numbered for those who ask for it."""

from __future__ import annotations

import re
from typing import Final

from threadkeep.engine.event_log import RunEvent
from threadkeep.engine.retelling import BEFORE_ALL, Position
from threadkeep.server import wording
from threadkeep.server.call import Call

_PATTERN: Final = r"^[0-9]{1,15}\.[0-9]{1,15}$"
_LAST_EVENT_ID: Final = "Last-Event-ID"


def event_id(event: RunEvent) -> str:
    """The id of an event."""
    return f"{event.epoch}.{event.number}"


def wants_numbers(call: Call) -> bool:
    """Whether the caller asks for ids beside what the contract has."""
    return call.header(b"threadkeep-events") == "numbered"


def last_seen(call: Call) -> Position:
    """After which event the caller wants to go on. Raises `InvalidRequestError`.

    The header goes before the parameter: a browser that reconnects repeats its address and says how far it came.
    """
    header = call.header(b"last-event-id")
    if header:
        return _position(_LAST_EVENT_ID, header)
    after = call.query_value("after")
    return BEFORE_ALL if after is None else _position("after", after)


def _position(name: str, text: str) -> Position:
    if not re.fullmatch(_PATTERN, text):
        raise wording.wrong_pattern(name, _PATTERN)
    epoch, number = text.split(".")
    return int(epoch), int(number)
