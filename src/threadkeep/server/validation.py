"""What is wrong with a value that does not fit its type: the first problem, in the hosted service's own words.

Walks plain data beside `msgspec.inspect`'s description of the type. It runs only once a decoder has refused, so it may
take its time. Within an object, a missing field is named before an unknown one, both before a wrong value, and all of
them before a rule that stands in the struct itself.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

import msgspec
from msgspec import inspect

from threadkeep.server import wording
from threadkeep.types.rule import RuleError

T = TypeVar("T")

JSON: TypeAlias = str | int | float | bool | list[Any] | dict[str, Any] | None

Hint: TypeAlias = Any
"""A type as a struct's annotation has it; Python has no name for the type of those."""

_KINDS: Final[dict[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "decimal number",
    list: "array",
    dict: "object",
    type(None): "null",
}
_TAKES: Final[dict[type[inspect.Type], frozenset[str]]] = {
    inspect.AnyType: frozenset(_KINDS.values()),
    inspect.NoneType: frozenset({"null"}),
    inspect.BoolType: frozenset({"boolean"}),
    inspect.IntType: frozenset({"integer"}),
    inspect.FloatType: frozenset({"integer", "decimal number"}),
    inspect.StrType: frozenset({"string"}),
    inspect.LiteralType: frozenset({"string"}),
    inspect.ListType: frozenset({"array"}),
    inspect.DictType: frozenset({"object"}),
    inspect.StructType: frozenset({"object"}),
}


def check(value: JSON, type_: type) -> None:
    """Raise `InvalidRequestError` for the first problem of `value` as a `type_`, if there is one."""
    _check(value, _type_info(type_), "", ())


def validated(value: JSON, type_: type[T]) -> T:
    """`value` as a `type_`. Raises `InvalidRequestError`."""
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError:
        check(value, type_)
        raise


@cache
def _type_info(type_: type) -> inspect.Type:
    return inspect.type_info(type_)


def _check(value: JSON, info: inspect.Type, path: str, declared: Sequence[str]) -> None:
    """`declared` holds the values of a Literal in the order in which they were written; msgspec sorts them."""
    variants = info.types if isinstance(info, inspect.UnionType) else (info,)
    kind = _KINDS[type(value)]
    fitting = [variant for variant in variants if kind in _TAKES[type(variant)]]
    if not fitting:
        raise wording.wrong_type(path, _expected(variants, declared), kind)
    match fitting[0], value:
        case inspect.StructType(), dict():
            _check_struct(value, cast("list[inspect.StructType]", fitting), path)
        case inspect.DictType() as mapping, dict():
            _check_mapping(value, mapping, path)
        case inspect.ListType() as array, list():
            _check_array(value, array, path)
        case inspect.StrType() as string, str():
            _check_string(value, string, path)
        case inspect.LiteralType(), str() if value not in declared:
            raise wording.wrong_value(path, value, declared)
        case (inspect.IntType() | inspect.FloatType()) as number, int() | float():
            _check_number(value, number, path)
        case _:
            pass


def _check_struct(value: dict[str, Any], variants: Sequence[inspect.StructType], path: str) -> None:
    struct = _variant(value, variants, path)
    for field in struct.fields:
        if field.required and field.encode_name not in value:
            raise wording.missing(_below(path, field.encode_name))
    known = {struct.tag_field, *(field.encode_name for field in struct.fields)}
    for name in value:
        if struct.forbid_unknown_fields and name not in known:
            raise wording.unknown(_below(path, name))
    for field in struct.fields:
        name = field.encode_name
        if name in value:
            _check(value[name], field.type, _below(path, name), _declared(struct.cls, field.name))
    _check_rules(value, struct.cls, path)


def _check_rules(value: dict[str, Any], struct: type, path: str) -> None:
    """The rules that annotations cannot say, which stand in the struct itself."""
    try:
        msgspec.convert(value, struct)
    except msgspec.ValidationError as error:
        if isinstance(rule := error.__cause__, RuleError):
            raise wording.broken_rule(_below(path, rule.field), rule) from error


def _variant(
    value: dict[str, Any], variants: Sequence[inspect.StructType], path: str
) -> inspect.StructType:
    """The one of the tagged `variants` that `value` says it is."""
    first = variants[0]
    if first.tag_field is None:
        return first
    tags = [str(variant.tag) for variant in variants]
    tag_path = _below(path, first.tag_field)
    if first.tag_field not in value:
        raise wording.missing(tag_path)
    _check(value[first.tag_field], inspect.LiteralType(tuple(tags)), tag_path, tags)
    return variants[tags.index(value[first.tag_field])]


def _check_mapping(value: dict[str, Any], mapping: inspect.DictType, path: str) -> None:
    most = mapping.max_length
    if most is not None and len(value) > most:
        raise wording.too_many_properties(path, most, len(value))
    longest = mapping.key_type.max_length if isinstance(mapping.key_type, inspect.StrType) else None
    for name, item in value.items():
        if longest is not None and len(name) > longest:
            raise wording.property_name_too_long(path, name, longest)
        _check(item, mapping.value_type, _below(path, name), ())


def _check_array(value: list[Any], array: inspect.ListType, path: str) -> None:
    if array.min_length and not value:
        raise wording.empty(path, "array", array.min_length)
    if array.max_length is not None and len(value) > array.max_length:
        raise wording.too_long(path, "array", array.max_length, len(value))
    for index, item in enumerate(value):
        _check(item, array.item_type, f"{path}[{index}]", ())


def _check_string(value: str, string: inspect.StrType, path: str) -> None:
    if string.min_length and not value:
        raise wording.empty(path, "string", string.min_length)
    if string.max_length is not None and len(value) > string.max_length:
        raise wording.too_long(path, "string", string.max_length, len(value))
    if string.pattern is not None and not re.search(string.pattern, value):
        raise wording.wrong_pattern(path, string.pattern)


def _check_number(value: float, number: inspect.IntType | inspect.FloatType, path: str) -> None:
    kind = "integer" if isinstance(number, inspect.IntType) else "decimal"
    if number.ge is not None and value < number.ge:
        raise wording.out_of_bounds(path, kind, "min", number.ge, value)
    if number.le is not None and value > number.le:
        raise wording.out_of_bounds(path, kind, "max", number.le, value)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def _declared(struct: type, field: str) -> tuple[str, ...]:
    return tuple(_choices(typing.get_type_hints(struct, include_extras=True)[field]))


def _choices(hint: Hint) -> Iterator[str]:
    arguments: tuple[Any, ...] = typing.get_args(hint)
    if typing.get_origin(hint) is Literal:
        yield from arguments
    else:
        for argument in arguments:
            yield from _choices(argument)


def _expected(variants: Sequence[inspect.Type], declared: Sequence[str]) -> str:
    """`a string`, or `one of a string or array of objects`; that null would do too is not told."""
    nouns: list[str] = []
    for variant in variants:
        noun = _noun(variant, declared)
        if noun and noun not in nouns:
            nouns.append(noun)
    first = nouns[0] if nouns[0].startswith("one of") else wording.with_article(nouns[0])
    return first if len(nouns) == 1 else f"one of {wording.listed([first, *nouns[1:]], 'or')}"


def _noun(variant: inspect.Type, declared: Sequence[str]) -> str:
    match variant:
        case inspect.LiteralType():
            return f"one of {wording.listed(wording.quoted(declared), 'or')}"
        case inspect.ListType(item_type=item):
            return f"array of {_noun(_first(item), ())}s"
        case inspect.FloatType():
            return "decimal"
        case inspect.NoneType():
            return ""
        case _:
            return next(iter(_TAKES[type(variant)]))


def _first(info: inspect.Type) -> inspect.Type:
    return info.types[0] if isinstance(info, inspect.UnionType) else info
