"""Settings for people to read. What is secret, or may be, is never part of it."""

from __future__ import annotations

import msgspec

from threadkeep.settings.loading import EffectiveSettings
from threadkeep.settings.masking import without_login
from threadkeep.settings.schema import KeyPath, Value, dotted


class Entry(msgspec.Struct, frozen=True):
    """One value as it is shown."""

    key: str
    value: str
    source: str


def entries(effective: EffectiveSettings) -> list[Entry]:
    """Every value with its key and its source, in the order of the documentation."""
    return [
        Entry(dotted(path), shown(path, value), effective.origin(path))
        for path, value in effective.entries()
    ]


def shown(path: KeyPath, value: Value) -> str:
    """`value` without what is secret in it."""
    if is_secret(path) and value:
        return "set"
    if value is None:
        return ""
    return without_login(value) if isinstance(value, str) else msgspec.json.encode(value).decode()


def is_secret(path: KeyPath) -> bool:
    """Whether what stands at `path` may be shown to nobody."""
    return path[-1] == "sha256" or "headers" in path
