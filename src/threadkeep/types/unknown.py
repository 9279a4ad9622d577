"""What stands in for a variant (a tool, a content part, a step detail …) that this version does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

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
