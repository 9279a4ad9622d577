"""How much of a message its deltas have told so far, and the one delta that tells the rest. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from threadkeep.engine.beginnings import message_delta
from threadkeep.types.codec import decode
from threadkeep.types.delta import (
    AnnotationDelta,
    ContentDelta,
    MessageDelta,
    MessageDeltaContent,
    RefusalDelta,
    TextDelta,
    TextDeltaValue,
)
from threadkeep.types.message import Message

_READ_TOGETHER: Final = 4


class ToldMessage:
    """One message; `grow` takes its deltas as they are told."""

    def __init__(self, message_id: str) -> None:
        self.id = message_id
        self._unread: list[bytes] = []
        self._characters: Counter[int] = Counter()
        self._annotations: Counter[int] = Counter()

    def grow(self, data: bytes) -> None:
        """A delta was told. They are read some at a time, since nearly always nobody asks for the rest."""
        self._unread.append(data)
        if len(self._unread) == _READ_TOGETHER:
            self._read()

    def rest(self, message: Message) -> MessageDelta | None:
        """What of the message, as it is at its end, was not told; None if that is nothing."""
        self._read()
        whole = message_delta(message)
        content = [] if whole is None else whole.delta.content
        parts = [rest for part in content if (rest := self._rest_of(part)) is not None]
        return MessageDelta(id=self.id, delta=MessageDeltaContent(content=parts)) if parts else None

    def _read(self) -> None:
        for data in self._unread:
            self._count(data)
        self._unread.clear()

    def _count(self, data: bytes) -> None:
        for part in decode(data, MessageDelta).delta.content:
            match part:
                case TextDelta(text=TextDeltaValue(value=value, annotations=annotations)):
                    self._characters[part.index] += len(value or "")
                    self._annotations[part.index] += len(annotations or ())
                case RefusalDelta(refusal=refusal):
                    self._characters[part.index] += len(refusal or "")
                case _:
                    pass

    def _rest_of(self, part: ContentDelta) -> ContentDelta | None:
        match part:
            case TextDelta(text=TextDeltaValue(value=str(value), annotations=annotations)):
                return self._rest_of_text(part, value, list(annotations or ()))
            case RefusalDelta(refusal=str(refusal)):
                rest = refusal[self._characters[part.index] :]
                return RefusalDelta(index=part.index, refusal=rest) if rest else None
            case _:
                return part

    def _rest_of_text(
        self, part: TextDelta, value: str, annotations: list[AnnotationDelta]
    ) -> TextDelta | None:
        rest = value[self._characters[part.index] :]
        more = annotations[self._annotations[part.index] :]
        if not rest and not more:
            return None
        told = more if more or part.index not in self._characters else msgspec.UNSET
        return TextDelta(index=part.index, text=TextDeltaValue(value=rest, annotations=told))
