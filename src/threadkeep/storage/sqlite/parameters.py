"""What statements are given that is more than one value."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


def json_list(values: Iterable[str | int]) -> str:
    """The distinct values, for `json_each`."""
    return msgspec.json.encode(list(dict.fromkeys(values))).decode()
