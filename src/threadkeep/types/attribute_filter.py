"""Filters on the attributes of files: comparisons, and what combines them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

AttributeValue: TypeAlias = str | int | float | bool
AttributeKey: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]


class _Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Looks at one attribute."""

    key: AttributeKey


class EqualFilter(_Comparison, frozen=True, kw_only=True, tag_field="type", tag="eq"):
    """The attribute is `value`."""

    type: ClassVar[Literal["eq"]] = "eq"
    value: AttributeValue

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return _is_same(attributes.get(self.key), self.value)


class NotEqualFilter(_Comparison, frozen=True, kw_only=True, tag_field="type", tag="ne"):
    """The attribute is not `value`, or there is none."""

    type: ClassVar[Literal["ne"]] = "ne"
    value: AttributeValue

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return not _is_same(attributes.get(self.key), self.value)


class GreaterFilter(_Comparison, frozen=True, kw_only=True, tag_field="type", tag="gt"):
    """The attribute is more than `value`, and of its kind."""

    type: ClassVar[Literal["gt"]] = "gt"
    value: AttributeValue

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return _order(attributes.get(self.key), self.value) == 1


class GreaterOrEqualFilter(_Comparison, frozen=True, kw_only=True, tag_field="type", tag="gte"):
    """The attribute is `value` or more, and of its kind."""

    type: ClassVar[Literal["gte"]] = "gte"
    value: AttributeValue

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return _order(attributes.get(self.key), self.value) in {0, 1}


class LessFilter(_Comparison, frozen=True, kw_only=True, tag_field="type", tag="lt"):
    """The attribute is less than `value`, and of its kind."""

    type: ClassVar[Literal["lt"]] = "lt"
    value: AttributeValue

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return _order(attributes.get(self.key), self.value) == -1


class LessOrEqualFilter(_Comparison, frozen=True, kw_only=True, tag_field="type", tag="lte"):
    """The attribute is `value` or less, and of its kind."""

    type: ClassVar[Literal["lte"]] = "lte"
    value: AttributeValue

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return _order(attributes.get(self.key), self.value) in {-1, 0}


class InFilter(_Comparison, frozen=True, kw_only=True, tag_field="type", tag="in"):
    """The attribute is one of `value`."""

    type: ClassVar[Literal["in"]] = "in"
    value: list[AttributeValue]

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return any(_is_same(attributes.get(self.key), value) for value in self.value)


class NotInFilter(_Comparison, frozen=True, kw_only=True, tag_field="type", tag="nin"):
    """The attribute is none of `value`, or there is none."""

    type: ClassVar[Literal["nin"]] = "nin"
    value: list[AttributeValue]

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return not any(_is_same(attributes.get(self.key), value) for value in self.value)


class _Compound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Combines filters."""

    filters: list[AttributeFilter]


class AndFilter(_Compound, frozen=True, kw_only=True, tag_field="type", tag="and"):
    """All of them hold."""

    type: ClassVar[Literal["and"]] = "and"

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return all(each.accepts(attributes) for each in self.filters)


class OrFilter(_Compound, frozen=True, kw_only=True, tag_field="type", tag="or"):
    """At least one of them holds."""

    type: ClassVar[Literal["or"]] = "or"

    def accepts(self, attributes: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for a file with these attributes."""
        return any(each.accepts(attributes) for each in self.filters)


AttributeFilter: TypeAlias = (
    EqualFilter
    | NotEqualFilter
    | GreaterFilter
    | GreaterOrEqualFilter
    | LessFilter
    | LessOrEqualFilter
    | InFilter
    | NotInFilter
    | AndFilter
    | OrFilter
)


def _is_same(attribute: AttributeValue | None, value: AttributeValue) -> bool:
    """Equal and of the same kind: true is not 1."""
    return attribute == value and isinstance(attribute, bool) == isinstance(value, bool)


def _order(attribute: AttributeValue | None, value: AttributeValue) -> int | None:
    """-1, 0 or 1; None where there is no order: between a number and a text, and for what is true or false."""
    if isinstance(attribute, bool) or isinstance(value, bool):
        return None
    if isinstance(attribute, str) and isinstance(value, str):
        return (attribute > value) - (attribute < value)
    if isinstance(attribute, int | float) and isinstance(value, int | float):
        return (attribute > value) - (attribute < value)
    return None
