"""The message that a turn writes: content parts as they grow, and the events that tell of them. Pure."""

from __future__ import annotations

import msgspec

from threadkeep.engine import emission, parts
from threadkeep.engine.emission import Emission
from threadkeep.types.delta import (
    AnnotationDelta,
    ContentDelta,
    MessageDelta,
    MessageDeltaContent,
    RefusalDelta,
    TextDelta,
    TextDeltaValue,
)
from threadkeep.types.ids import IdSource
from threadkeep.types.message import ContentPart, Message, RefusalPart, TextPart, TextValue
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.usage import Usage


class _Text:
    """A text part that grows. Its first delta alone carries the empty list of annotations (contract §7.4)."""

    def __init__(self, index: int) -> None:
        self.index = index
        self._pieces: list[str] = []

    def grow(self, text: str) -> ContentDelta:
        annotations = msgspec.UNSET if self._pieces else list[AnnotationDelta]()
        self._pieces.append(text)
        return TextDelta(index=self.index, text=TextDeltaValue(value=text, annotations=annotations))

    def part(self) -> ContentPart:
        return TextPart(text=TextValue(value="".join(self._pieces)))


class _Refusal:
    """A refusal that grows."""

    def __init__(self, index: int) -> None:
        self.index = index
        self._pieces: list[str] = []

    def grow(self, text: str) -> ContentDelta:
        self._pieces.append(text)
        return RefusalDelta(index=self.index, refusal=text)

    def part(self) -> ContentPart:
        return RefusalPart(refusal="".join(self._pieces))


class Answer:
    """A message and its step, from the first token to the last."""

    def __init__(self, run: Run, source: IdSource, now: int) -> None:
        self._message = parts.new_answer(run, source, now)
        self.step = parts.new_message_step(run, self._message.id, source, now)
        self._contents: list[_Text | _Refusal] = []

    @property
    def message(self) -> Message:
        """The message with all that was written so far."""
        content: list[ContentPart] = [content.part() for content in self._contents]
        return msgspec.structs.replace(self._message, content=content)

    def opened(self) -> list[Emission]:
        """The step and the message were made: the step first (contract §7.3 A)."""
        return [
            *emission.of_new_step(self.step),
            *emission.of_new_message(self._message),
        ]

    def add_text(self, text: str) -> Emission:
        """More text."""
        return self._grow(_Text, text)

    def add_refusal(self, text: str) -> Emission:
        """More of a refusal."""
        return self._grow(_Refusal, text)

    def completed(self, now: int, usage: Usage) -> tuple[RunStep, Message, list[Emission]]:
        """The message, then its step, completed."""
        message = msgspec.structs.replace(self.message, status="completed", completed_at=now)
        return self._ended(message, parts.completed_step(self.step, now, usage))

    def cut(self, reason: str, now: int, usage: Usage) -> tuple[RunStep, Message, list[Emission]]:
        """The message incomplete, its step all the same completed (contract §7.3 I)."""
        message = parts.cut_message(self.message, reason, now)
        return self._ended(message, parts.completed_step(self.step, now, usage))

    def _ended(self, message: Message, step: RunStep) -> tuple[RunStep, Message, list[Emission]]:
        return step, message, [emission.of_message(message), emission.of_step(step)]

    def _grow(self, kind: type[_Text] | type[_Refusal], text: str) -> Emission:
        if not self._contents or not isinstance(self._contents[-1], kind):
            self._contents.append(kind(len(self._contents)))
        delta = self._contents[-1].grow(text)
        content = MessageDeltaContent(content=[delta])
        return Emission("thread.message.delta", MessageDelta(id=self._message.id, delta=content))
