"""Layers of settings: what one source says, and where in it each value stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, cast

import msgspec

from threadkeep.settings.schema import KeyPath, Value

Data: TypeAlias = dict[str, Any]


class Layer(msgspec.Struct, frozen=True):
    """What one source says; `place` tells where the value at a path stands, for people."""

    data: Data
    place: Callable[[KeyPath], str]

    def has(self, path: KeyPath) -> bool:
        """Whether this source says anything at `path`."""
        return contains(self.data, path)


def contains(data: Value, path: KeyPath) -> bool:
    """Whether there is anything at `path` in `data`."""
    for part in path:
        if isinstance(part, int) and isinstance(data, list):
            items = cast("list[Any]", data)
            if part >= len(items):
                return False
            data = items[part]
        elif isinstance(data, dict) and part in data:
            data = cast("Data", data)[cast("str", part)]
        else:
            return False
    return True


def merged(layers: Iterable[Layer]) -> Data:
    """All layers as one, later over earlier: tables key by key, lists as a whole."""
    result: Data = {}
    for layer in layers:
        result = merged_data(result, layer.data)
    return result


def merged_data(below: Mapping[str, Any], above: Mapping[str, Any]) -> Data:
    """`above` laid over `below`."""
    result = dict(below)
    for name, value in above.items():
        under = result.get(name)
        both = isinstance(value, dict) and isinstance(under, dict)
        result[name] = merged_data(cast("Data", under), cast("Data", value)) if both else value
    return result
