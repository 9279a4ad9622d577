"""What statements are given that is more than one value."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


def json_list(values: Iterable[str | int]) -> str:
    """The distinct values, for `json_each`."""
    return msgspec.json.encode([_whole(value) for value in dict.fromkeys(values)]).decode()


def _whole(value: str | int) -> str | int:
    """`json_each` ends a text at a NUL: what is asked for by one is not there, so another character does as well."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
