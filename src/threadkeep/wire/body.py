"""JSON bodies of requests, from plain data, our structs, and any iterable of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import msgspec

from threadkeep.types.codec import encode


def encode_body(fields: Mapping[str, object]) -> bytes:
    """`fields` as a JSON object; what is `UNSET` is left out, `None` is null."""
    given = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
    return encode({name: _listed(value) for name, value in given.items()})


def _listed(value: object) -> object:
    """`value`; any iterable (a generator, a tuple, a set) is the array that it is meant to be."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return cast("object", value)
    return list(cast("Iterable[object]", value))
