"""Any value of a struct, as a hypothesis strategy made from the struct's own type."""

from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from threadkeep.types.unknown import Unknown

_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT
_OBJECTS = st.dictionaries(_TEXT, _PLAIN, max_size=2)
_SCALARS: dict[type[inspect.Type], st.SearchStrategy[Any]] = {
    inspect.StrType: _TEXT,
    inspect.IntType: st.integers(-5, 2**40),
    inspect.FloatType: st.floats(-5, 5, allow_nan=False),
    inspect.BoolType: st.booleans(),
    inspect.NoneType: st.none(),
    inspect.DictType: st.dictionaries(_TEXT, _TEXT, max_size=2),
}


@cache
def structs(kind: Any) -> st.SearchStrategy[Any]:
    """Values of `kind`, a struct or anything else that msgspec knows."""
    return _of(inspect.type_info(kind))


def _of(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.Metadata(type=inner):
            return _of(inner)
        case inspect.StructType(cls=cls) if cls is Unknown:
            return st.builds(lambda more: Unknown(value={**more, "type": "new"}), _OBJECTS)
        case inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: _field(field) for field in fields})
        case inspect.UnionType(types=types):
            return st.one_of([_of(variant) for variant in types])
        case inspect.ListType(item_type=item):
            return st.lists(_of(item), max_size=2)
        case _:
            return _SCALARS.get(type(info), _PLAIN)


def _field(field: inspect.Field) -> st.SearchStrategy[Any]:
    values = _of(field.type)
    return values | st.just(msgspec.UNSET) if field.default is msgspec.UNSET else values
