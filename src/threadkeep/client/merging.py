"""How a delta is merged into what came before (contract §7.4), as plain data."""

from __future__ import annotations

from typing import Any, Final, cast

_REPLACED: Final = frozenset({"index", "type"})


def merge(into: dict[str, Any], delta: dict[str, Any]) -> None:
    """Add `delta` to `into`.

    Strings are joined, numbers added, objects merged by their keys and lists by `index`; the keys
    `index` and `type` are replaced.
    """
    for key, value in delta.items():
        old = into.get(key)
        if old is None or key in _REPLACED:
            into[key] = value
        else:
            into[key] = _merged(old, value)


def merge_list(into: list[Any], deltas: list[Any]) -> None:
    """Add each of `deltas` to the element of `into` with its `index`, or to the end."""
    for delta in deltas:
        for old in into:
            if isinstance(old, dict) and "index" in old and old["index"] == delta["index"]:
                merge(cast("dict[str, Any]", old), delta)
                break
        else:
            into.append(delta)


def _merged(old: object, value: object) -> object:
    if isinstance(old, dict) and isinstance(value, dict):
        merge(cast("dict[str, Any]", old), cast("dict[str, Any]", value))
        return cast("object", old)
    if isinstance(old, list) and isinstance(value, list):
        merge_list(cast("list[Any]", old), cast("list[Any]", value))
        return cast("object", old)
    if isinstance(old, str) and isinstance(value, str):
        return old + value
    if isinstance(old, int | float) and isinstance(value, int | float):
        return old + value
    return cast("object", old if value is None else value)
