"""What stands in for a variant (a tool, a content part, a step detail …) that this version does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, cast

import msgspec

UNKNOWN_TAG: Final = "threadkeep.unknown"


class Unknown(msgspec.Struct, frozen=True, tag_field="type", tag=UNKNOWN_TAG, kw_only=True):
    """A variant whose `type` is not known here; `value` is the whole of it, and goes out as it came in."""

    value: dict[str, Any]

    if TYPE_CHECKING:
        # A tag of its own, so that `part.type == "text"` tells a type checker what `part` is not.
        type: ClassVar[Literal["threadkeep.unknown"]]
    else:

        @property
        def type(self) -> str:
            """The tag it came with."""
            return str(self.value.get("type"))


def unwrapped(value: Any) -> Any:  # noqa: ANN401  (JSON is anything)
    """`value`, decoded JSON, with each encoded `Unknown` replaced by what it holds."""
    if isinstance(value, list):
        return [unwrapped(element) for element in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, Any]", value)
    if fields.get("type") == UNKNOWN_TAG and fields.keys() == {"type", "value"}:
        return fields["value"]
    return {name: unwrapped(element) for name, element in fields.items()}
