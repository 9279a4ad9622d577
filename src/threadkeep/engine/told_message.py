"""How far the deltas of a message have told it, and the one delta that tells the rest. Pure."""

from __future__ import annotations

import msgspec

from threadkeep.engine.beginnings import message_delta
from threadkeep.types.delta import (
    AnnotationDelta,
    ContentDelta,
    MessageDelta,
    MessageDeltaContent,
    RefusalDelta,
    TextDelta,
    TextDeltaValue,
)
from threadkeep.types.message import Message, RefusalPart, TextPart, TextValue
from threadkeep.types.unknown import Unknown


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The last part of the content that was told of, and how much of it; all parts before it were told whole."""

    index: int
    characters: int
    annotations: int = 0


def told_whole(message: Message) -> Told:
    """How far a message is told when all of it is; it has some content."""
    index = len(message.content) - 1
    match message.content[index]:
        case TextPart(text=TextValue(value=value, annotations=annotations)):
            return Told(index, len(value), len(annotations))
        case RefusalPart(refusal=refusal):
            return Told(index, len(refusal))
        case _:
            return Told(index, 0)


def rest_of(message: Message, told: Told | None) -> MessageDelta | None:
    """What of the message, as it is at its end, was not told; None if that is nothing.

    `told` is that of the last delta, or None if there was none.
    """
    whole = message_delta(message)
    content = [] if whole is None else whole.delta.content
    parts = [rest for part in content if (rest := _rest_of_part(part, told)) is not None]
    return MessageDelta(id=message.id, delta=MessageDeltaContent(content=parts)) if parts else None


def _rest_of_part(part: ContentDelta, told: Told | None) -> ContentDelta | None:
    if isinstance(part, Unknown) or (told is not None and part.index < told.index):
        return None
    if told is None or part.index > told.index:
        told = Told(part.index, 0)
    match part:
        case TextDelta(text=TextDeltaValue(value=str(value), annotations=annotations)):
            return _rest_of_text(part, value, list(annotations or ()), told)
        case RefusalDelta(refusal=str(refusal)):
            rest = refusal[told.characters :]
            return RefusalDelta(index=part.index, refusal=rest) if rest else None
        case _:
            return part


def _rest_of_text(
    part: TextDelta, value: str, annotations: list[AnnotationDelta], told: Told
) -> TextDelta | None:
    rest = value[told.characters :]
    more = annotations[told.annotations :]
    if not rest and not more:
        return None
    is_first = not told.characters
    text = TextDeltaValue(value=rest, annotations=more if more or is_first else msgspec.UNSET)
    return TextDelta(index=part.index, text=text)
