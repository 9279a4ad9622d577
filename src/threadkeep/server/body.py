"""Request bodies: JSON of one type, or a refusal that names the first problem."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from threadkeep.errors import InvalidRequestError
from threadkeep.server.validation import JSON, check
from threadkeep.types.codec import decoder_of

T = TypeVar("T")

_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

NOT_JSON: Final = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
    "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
)


def parse_body(data: bytes, type_: type[T]) -> T:
    """`data` as a `type_`. Raises `InvalidRequestError`."""
    try:
        return decoder_of(type_).decode(data)
    except _UNREADABLE as error:
        check(_plain(data), type_)
        # Only a key that comes twice, first wrong and then right, gets here.
        raise InvalidRequestError(str(error)) from error


def _plain(data: bytes) -> JSON:
    try:
        return msgspec.json.decode(data)
    except _UNREADABLE:
        raise InvalidRequestError(NOT_JSON) from None
