"""What was missed of a message: the difference between what was seen of it and what it came to, as a delta. Pure."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from threadkeep.types.codec import decode, encode
from threadkeep.types.delta import ContentDelta, MessageDelta, MessageDeltaContent
from threadkeep.types.message import ContentPart, Message, RefusalPart, TextPart


def missing_delta(seen: Message, final: Message) -> MessageDelta | None:
    """What `final` has beyond `seen`; None if nothing, or if it does not go on from there."""
    parts: list[ContentDelta] = []
    for index, part in enumerate(final.content):
        before = seen.content[index] if index < len(seen.content) else None
        delta = _part_delta(index, before, part)
        if delta is not None:
            parts.append(delta)
    return MessageDelta(id=final.id, delta=MessageDeltaContent(content=parts)) if parts else None


def _part_delta(index: int, before: ContentPart | None, part: ContentPart) -> ContentDelta | None:
    plain = cast("dict[str, Any]", msgspec.json.decode(encode(part)))
    match before, part:
        case None, _:
            pass
        case TextPart(text=old), TextPart(text=new):
            if not new.value.startswith(old.value) or old == new:
                return None
            plain["text"]["value"] = new.value.removeprefix(old.value)
            added = plain["text"]["annotations"][len(old.annotations) :]
            plain["text"]["annotations"] = _indexed(added, len(old.annotations))
        case RefusalPart(refusal=old), RefusalPart(refusal=new):
            if not new.startswith(old) or old == new:
                return None
            plain["refusal"] = new.removeprefix(old)
        case _:
            return None
    if before is None and isinstance(part, TextPart):
        plain["text"]["annotations"] = _indexed(plain["text"]["annotations"], 0)
    delta = encode({"index": index, **plain})
    return cast("ContentDelta", decode(delta, cast("type[object]", ContentDelta)))


def _indexed(annotations: list[dict[str, Any]], first: int) -> list[dict[str, Any]]:
    return [{"index": index, **plain} for index, plain in enumerate(annotations, first)]
