"""What is wrong with settings, said so that it can be mended: which key, and what it takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Literal, cast, get_args, get_origin

import msgspec

from threadkeep.errors import SettingsError
from threadkeep.settings import Settings
from threadkeep.settings.layer import Data
from threadkeep.settings.schema import Hint, Key, KeyPath, Value, dotted, keys_of, metas, plain

SECRET_KEYS = frozenset({"sha256", "headers", "url", "database", "bus"})
"""Keys whose value may hold a secret, or be mistaken for one: it is never repeated."""


class Mistake(SettingsError):
    """Something wrong with the value at `path`; whoever knows the source says where it stands."""

    def __init__(self, path: KeyPath, text: str) -> None:
        super().__init__(text)
        self.path = path
        self.text = text


def check(data: Data) -> None:
    """Raise a `Mistake` if `data` holds what the settings do not take; it may lack keys."""
    check_table(data, Settings, ())


def check_table(value: Value, table: type[msgspec.Struct], path: KeyPath) -> None:
    """Check one table, key by key."""
    if not isinstance(value, dict):
        raise Mistake(path, f"{dotted(path)} must be a table")
    keys = keys_of(table)
    for name, inner in cast("Data", value).items():
        if name not in keys:
            raise Mistake((*path, name), unknown_key(name, keys, path))
        check_key(inner, keys[name], (*path, name))


def check_key(value: Value, key: Key, path: KeyPath) -> None:
    """Check what stands at a key that there is."""
    if key.shape == "value":
        check_value(value, key, path)
    for inner, inner_path in tables_within(value, key, path):
        check_table(inner, key.table, inner_path)


def tables_within(value: Value, key: Key, path: KeyPath) -> Iterator[tuple[Value, KeyPath]]:
    """The tables that `value` holds, with their paths."""
    match key.shape:
        case "value":
            return
        case "table":
            yield value, path
        case "tables by name":
            for name, inner in tables_by_name(value, path).items():
                yield inner, (*path, name)
        case "list of tables":
            for index, inner in enumerate(list_of_tables(value, path)):
                yield inner, (*path, index)


def tables_by_name(value: Value, path: KeyPath) -> Data:
    """`value`, if it can be a table of tables."""
    if not isinstance(value, dict):
        raise Mistake(path, f"{dotted(path)} must be a table of tables")
    return cast("Data", value)


def list_of_tables(value: Value, path: KeyPath) -> list[Any]:
    """`value`, if it can be a list of tables."""
    if not isinstance(value, list):
        raise Mistake(path, f"{dotted(path)} must be a list of tables")
    return cast("list[Any]", value)


def check_value(value: Value, key: Key, path: KeyPath) -> None:
    """Check a value against its type and its limits."""
    try:
        msgspec.convert(value, key.hint)
        if isinstance(value, float) and not math.isfinite(value):
            raise msgspec.ValidationError
    except msgspec.ValidationError:
        shown = "" if key.name in SECRET_KEYS else f", not {value!r}"
        text = f"{dotted(path)} must be {expectation(key.hint)}{shown}"
        raise Mistake(path, text) from None


def unknown_key(name: str, known: Iterable[str], path: KeyPath) -> str:
    """The words for a key that there is not, with what may have been meant."""
    text = f"unknown key {name!r}" + in_table(path)
    return text + suggestion(name, known)


def in_table(path: KeyPath) -> str:
    """Name the table at `path`, as a settings file does where it can."""
    is_named = all(isinstance(part, str) for part in path)
    return (f" in [{dotted(path)}]" if is_named else f" in {dotted(path)}") if path else ""


def suggestion(name: str, known: Iterable[str]) -> str:
    """What may have been meant by `name`, if anything."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def expectation(hint: Hint) -> str:
    """What a key takes, in words."""
    title = next((meta.title for meta in metas(hint) if meta.title), None)
    if title:
        return title
    bare = plain(hint)
    if get_origin(bare) is Literal:
        return "one of " + ", ".join(map(str, get_args(bare)))
    return WORDS.get(bare, "a table of texts") + limits(hint)


WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def limits(hint: Hint) -> str:
    """The limits of a number or a text, in words."""
    for meta in metas(hint):
        if meta.ge is not None and meta.le is not None:
            return f" from {meta.ge} to {meta.le}"
        if meta.ge is not None:
            return f" of at least {meta.ge}"
        if meta.gt is not None:
            return f" above {meta.gt}"
        if meta.min_length is not None:
            return " that is not empty"
    return ""


def check_whole(settings: Settings) -> None:
    """Raise a `Mistake` if values that are right by themselves do not fit together."""
    for index, key in enumerate(settings.api_keys):
        if (key.sha256 is None) == (key.env is None):
            text = f"api_keys[{index}] must have one of 'sha256' and 'env'"
            raise Mistake(("api_keys", index), text)
    if settings.bus is not None and settings.database.startswith("sqlite:"):
        text = "a bus connects nodes, but an SQLite database can have only one"
        raise Mistake(("bus",), text)
    check_routes(settings)


def check_routes(settings: Settings) -> None:
    """Let routes name only upstreams that there are."""
    known = [*settings.upstreams, "local"]
    for index, route in enumerate(settings.routes):
        named: list[tuple[KeyPath, str]] = [(("routes", index, "upstream"), route.upstream)]
        for place, fallback in enumerate(route.fallbacks):
            named.append((("routes", index, "fallbacks", place, "upstream"), fallback.upstream))
        for path, name in named:
            if name not in known:
                raise Mistake(path, f"there is no upstream {name!r}{suggestion(name, known)}")
    if "local" in settings.upstreams:
        raise Mistake(("upstreams", "local"), "'local' is the model that the server runs itself")


def check_complete(data: Data, table: type[msgspec.Struct], path: KeyPath = ()) -> None:
    """Raise a `Mistake` if a table lacks a key that it must have."""
    for key in keys_of(table).values():
        if key.name in data:
            for inner, inner_path in tables_within(data[key.name], key, (*path, key.name)):
                check_complete(inner, key.table, inner_path)
        elif key.is_required:
            raise Mistake(path, f"{dotted(path)} lacks {key.name!r}")
