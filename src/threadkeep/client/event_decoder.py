"""From the bytes of a run's event stream to its events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

from threadkeep.errors import APIResponseValidationError, APIStreamError
from threadkeep.types.event import Event, decode_event
from threadkeep.wire.sse import ServerSentEvent, SSEParser

_DONE: Final = b"[DONE]"
_NO_MESSAGE: Final = "An error occurred during streaming"


class EventDecoder:
    """Fed with the chunks of one stream. An incomplete event at the end of the stream is dropped."""

    def __init__(self) -> None:
        self.is_done = False
        """Whether the server has said that nothing follows."""
        self.last_event_id: str | None = None
        """The id of the last event, from a server that numbers them."""
        self._parser = SSEParser()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Give the events that `chunk` completes.

        Raises `APIStreamError` for an `error` event, `APIResponseValidationError` for what is none.
        """
        for sse in self._parser.feed(chunk):
            if sse.data.startswith(_DONE):
                self.is_done = True
                return
            if sse.event == "error":
                raise _stream_error(sse.data)
            self.last_event_id = sse.id
            try:
                yield decode_event(sse.event, sse.data)
            except msgspec.DecodeError as error:
                raise _invalid_event(sse, error) from error


def _stream_error(data: bytes) -> APIStreamError:
    """The error of an `error` event: flat, under the key `error`, or both (contract §7.3 J)."""
    try:
        whole = cast("object", msgspec.json.decode(data))
    except msgspec.DecodeError:
        whole = data.decode(errors="replace")
    flat = _object(whole)
    fields = _object(flat.get("error")) or flat
    return APIStreamError(
        str(fields.get("message") or flat.get("error") or _NO_MESSAGE),
        body=fields or whole,
        type=fields.get("type"),
        param=fields.get("param"),
        code=fields.get("code"),
    )


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _invalid_event(sse: ServerSentEvent, error: Exception) -> APIResponseValidationError:
    message = f"Data returned by API invalid for the event {sse.event}: {error}"
    return APIResponseValidationError(message, body=sse.data.decode(errors="replace"))
