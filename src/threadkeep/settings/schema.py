"""The settings tree, seen as data: which keys there are, what each one takes, how it is called."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec

from threadkeep.settings import Settings

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands in the tree: names of keys, and places in lists."""

Hint: TypeAlias = Any
"""A type as a struct's annotation names it."""

Value: TypeAlias = Any
"""Plain data, as TOML and JSON give it."""

Shape: TypeAlias = Literal["value", "table", "tables by name", "list of tables"]

PREFIX = "THREADKEEP_"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a table: what it takes, and what is taken if it is left out."""

    name: str
    hint: Hint
    description: str
    default: Value
    is_required: bool

    @property
    def shape(self) -> Shape:
        """Whether it holds a value, or tables with keys of their own."""
        if is_table(self.hint):
            return "table"
        match get_origin(self.hint):
            case built_in if built_in in (dict, list) and is_table(get_args(self.hint)[-1]):
                return "tables by name" if built_in is dict else "list of tables"
            case _:
                return "value"

    @property
    def table(self) -> type[msgspec.Struct]:
        """The table, or the tables, that it holds."""
        return self.hint if self.shape == "table" else get_args(self.hint)[-1]


def is_table(hint: Hint) -> bool:
    """Whether `hint` is a table of the settings."""
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


@cache
def keys_of(table: type[msgspec.Struct]) -> Mapping[str, Key]:
    """The keys of `table`, in the order in which they are documented."""
    hints = get_type_hints(table, include_extras=True)
    return {
        field.name: Key(
            name=field.name,
            hint=without_description(hints[field.name]),
            description=description_of(hints[field.name]),
            default=default_of(field),
            is_required=field.required,
        )
        for field in msgspec.structs.fields(table)
    }


def without_description(hint: Hint) -> Hint:
    """`hint` itself where the annotation only describes it."""
    if get_origin(hint) is Annotated and is_bare(get_args(hint)[1]):
        return get_args(hint)[0]
    return hint


def is_bare(meta: msgspec.Meta) -> bool:
    """Whether `meta` describes, and limits nothing."""
    limits = (meta.gt, meta.ge, meta.lt, meta.le, meta.pattern, meta.min_length, meta.title)
    return all(limit is None for limit in limits)


def description_of(hint: Hint) -> str:
    """The sentence that says what a key is for."""
    return next((meta.description for meta in metas(hint) if meta.description), "")


def metas(hint: Hint) -> Iterator[msgspec.Meta]:
    """All that is annotated to `hint`, outermost first."""
    if get_origin(hint) is Annotated:
        inner, *annotations = get_args(hint)
        yield from annotations
        yield from metas(inner)
    elif get_origin(hint) in (types.UnionType, Union):
        for variant in get_args(hint):
            yield from metas(variant)


def default_of(field: msgspec.structs.FieldInfo) -> Value:
    """What is taken if the key is left out; `UNSET` if it must not be."""
    if field.required:
        return msgspec.UNSET
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


def plain(hint: Hint) -> Hint:
    """The bare type behind `hint`: no annotation, no None."""
    if get_origin(hint) is Annotated:
        return plain(get_args(hint)[0])
    if get_origin(hint) in (types.UnionType, Union):
        return plain(next(variant for variant in get_args(hint) if variant is not types.NoneType))
    return hint


def dotted(path: KeyPath) -> str:
    """`path` as people write it: `engine.lease_seconds`, `routes[0].pattern`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def settable_by_variable() -> Iterator[tuple[KeyPath, Key]]:
    """The keys that have an environment variable: all but those inside lists and named tables."""
    for key in keys_of(Settings).values():
        if key.shape != "table":
            yield (key.name,), key
            continue
        for inner in keys_of(key.table).values():
            yield (key.name, inner.name), inner


def variable(path: KeyPath) -> str:
    """The environment variable that sets the key at `path`."""
    return PREFIX + "_".join(str(part) for part in path).upper()
