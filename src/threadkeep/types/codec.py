"""JSON to structs and back. Decoding never fails on what a newer server might add.

The fast way is msgspec's own. Where it refuses, the tolerant way walks the plain data beside the type: a tag that is
not known becomes `Unknown`, and a null or missing field takes its default. Only what still does not fit is an error.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar, cast

import msgspec
from msgspec import inspect

from threadkeep.types.resource import Resource, keep_raw
from threadkeep.types.unknown import UNKNOWN_TAG, Unknown, unwrapped

T = TypeVar("T")
Plain: TypeAlias = Any
"""JSON as plain data."""

_MARK: Final = f'"{UNKNOWN_TAG}"'.encode()


def decode(data: bytes | msgspec.Raw, type_: type[T]) -> T:
    """`data` as `type_`. Raises `msgspec.DecodeError` (and its `ValidationError`) if it is something else."""
    value: object = _decoded(data, type_)
    if isinstance(value, Resource):
        keep_raw(value, data)
    return cast("T", value)


def _decoded(data: bytes | msgspec.Raw, type_: type[T]) -> T:
    try:
        return decoder_of(type_).decode(data)
    except msgspec.ValidationError:
        mended = _tolerant(msgspec.json.decode(data), _type_info(type_))
        return msgspec.convert(mended, type_)


def encode(value: object) -> bytes:
    """`value` as compact JSON in UTF-8; the inverse of `decode`, for unknown variants too."""
    data = _encoder.encode(value)
    return _encoder.encode(unwrapped(msgspec.json.decode(data))) if _MARK in data else data


_encoder = msgspec.json.Encoder()
_making: Final = threading.Lock()


@cache
def decoder_of(type_: type[T]) -> msgspec.json.Decoder[T]:
    """The decoder of a type; only one is made at a time.

    Where two threads first meet a struct at once, msgspec reads what the other one has not written yet, and crashes.
    """
    with _making:
        return msgspec.json.Decoder(type_)


@cache
def _type_info(type_: type[Any]) -> inspect.Type:
    return inspect.type_info(type_)


def _tolerant(value: Plain, info: inspect.Type) -> Plain:
    """`value`, mended as far as `info` allows."""
    match info:
        case inspect.Metadata(type=inner):
            return _tolerant(value, inner)
        case inspect.StructType() if isinstance(value, dict):
            return _tolerant_struct(cast("dict[str, Any]", value), info)
        case inspect.ListType(item_type=item) if isinstance(value, list):
            return [_tolerant(element, item) for element in cast("list[Any]", value)]
        case inspect.UnionType(types=variants):
            return _tolerant_union(value, variants)
        case _:
            return value


def _tolerant_struct(value: dict[str, Any], info: inspect.StructType) -> dict[str, Any]:
    mended = dict(value)
    for field in info.fields:
        name = field.encode_name
        if name not in mended:
            continue
        if mended[name] is None and not field.required and not _takes_null(field.type):
            del mended[name]
        else:
            mended[name] = _tolerant(mended[name], field.type)
    return mended


def _tolerant_union(value: Plain, variants: tuple[inspect.Type, ...]) -> Plain:
    if isinstance(value, list):
        lists = [variant for variant in variants if isinstance(variant, inspect.ListType)]
        return _tolerant(cast("list[Any]", value), lists[0]) if lists else cast("list[Any]", value)
    structs = [variant for variant in variants if isinstance(variant, inspect.StructType)]
    if not isinstance(value, dict) or not structs:
        return cast("Plain", value)
    fields = cast("dict[str, Any]", value)
    for struct in structs:
        if struct.tag is None or fields.get(struct.tag_field or "") == struct.tag:
            return _tolerant_struct(fields, struct)
    takes_unknown = any(struct.cls is Unknown for struct in structs)
    return Unknown(value=fields) if takes_unknown else fields


def _takes_null(info: inspect.Type) -> bool:
    variants = info.types if isinstance(info, inspect.UnionType) else (info,)
    return any(isinstance(variant, inspect.NoneType | inspect.AnyType) for variant in variants)
