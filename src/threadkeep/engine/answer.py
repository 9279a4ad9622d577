"""The message that a turn writes: content parts as they grow, and the events that tell of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from threadkeep.engine import emission, parts
from threadkeep.engine.citing import Citer, Piece
from threadkeep.engine.emission import Emission
from threadkeep.engine.mark_writer import MarkWriter
from threadkeep.engine.told_message import Told
from threadkeep.tools import Citation, Citations
from threadkeep.types.delta import (
    AnnotationDelta,
    ContentDelta,
    FileCitationDelta,
    MessageDelta,
    MessageDeltaContent,
    RefusalDelta,
    TextDelta,
    TextDeltaValue,
)
from threadkeep.types.ids import IdSource
from threadkeep.types.message import (
    Annotation,
    ContentPart,
    FileCitationAnnotation,
    Message,
    RefusalPart,
    TextPart,
    TextValue,
)
from threadkeep.types.response_format import ResponseFormat, ResponseFormatText
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.usage import Usage


class _Text:
    """A text part that grows. Its first delta alone carries an empty list of annotations (contract §7.4)."""

    __slots__ = ("_annotations", "_index", "_length", "_pieces")

    def __init__(self, index: int) -> None:
        self._index = index
        self._pieces: list[str] = []
        self._length = 0
        self._annotations: list[Annotation] = []

    def grow(self, piece: Piece) -> tuple[ContentDelta, Told]:
        annotations: list[AnnotationDelta] | msgspec.UnsetType = msgspec.UNSET
        if piece.citation is not None:
            annotations = [self._cite(piece.text, piece.citation)]
        elif not self._pieces:
            annotations = []
        self._pieces.append(piece.text)
        self._length += len(piece.text)
        value = TextDeltaValue(value=piece.text, annotations=annotations)
        told = Told(self._index, self._length, len(self._annotations))
        return TextDelta(index=self._index, text=value), told

    def part(self) -> ContentPart:
        value = TextValue(value="".join(self._pieces), annotations=[*self._annotations])
        return TextPart(text=value)

    def _cite(self, mark: str, citation: Citation) -> AnnotationDelta:
        annotation = FileCitationAnnotation(
            text=mark,
            start_index=self._length,
            end_index=self._length + len(mark),
            file_citation=citation.file_citation,
        )
        self._annotations.append(annotation)
        return FileCitationDelta(
            index=len(self._annotations) - 1,
            text=annotation.text,
            start_index=annotation.start_index,
            end_index=annotation.end_index,
            file_citation=annotation.file_citation,
        )


class _Refusal:
    """A refusal that grows."""

    __slots__ = ("_index", "_length", "_pieces")

    def __init__(self, index: int) -> None:
        self._index = index
        self._pieces: list[str] = []
        self._length = 0

    def grow(self, piece: Piece) -> tuple[ContentDelta, Told]:
        self._pieces.append(piece.text)
        self._length += len(piece.text)
        told = Told(self._index, self._length)
        return RefusalDelta(index=self._index, refusal=piece.text), told

    def part(self) -> ContentPart:
        return RefusalPart(refusal="".join(self._pieces))


class Answer:
    """A message and its step, from the first token to the last."""

    __slots__ = ("_citer", "_contents", "_marks", "_message", "step")

    def __init__(self, run: Run, citations: Citations, source: IdSource, now: int) -> None:
        self._message = parts.new_answer(run, source, now)
        self.step = parts.new_message_step(run, self._message.id, source, now)
        self._citer = Citer(citations)
        self._marks = MarkWriter(citations.style, lists_footnotes=_is_prose(run.response_format))
        self._contents: list[_Text | _Refusal] = []

    @property
    def message(self) -> Message:
        """The message with all that was told so far."""
        content = [content.part() for content in self._contents]
        return msgspec.structs.replace(self._message, content=content)

    def opened(self) -> list[Emission]:
        """The step and the message were made: the step first (contract §7.3 A)."""
        return [*emission.of_new_step(self.step), *emission.of_new_message(self._message)]

    def add_text(self, text: str) -> list[Emission]:
        """More text; what may be the beginning of a citation is held back."""
        return self._tell(self._citer.feed(text))

    def add_refusal(self, text: str) -> list[Emission]:
        """More of a refusal."""
        return [*self.flushed(), self._grow(_Refusal, Piece(text))]

    def flushed(self) -> list[Emission]:
        """The end of the text: what was held back, and footnotes."""
        emissions = self._tell(self._citer.finish())
        if footnotes := self._marks.footnotes():
            emissions.append(self._grow(_Text, Piece(footnotes)))
        return emissions

    def completed(self, now: int, usage: Usage) -> tuple[RunStep, Message, list[Emission]]:
        """The message, then its step, completed."""
        flushed = self._finished()
        message = msgspec.structs.replace(self.message, status="completed", completed_at=now)
        return self._ended(message, now, usage, flushed)

    def cut(self, reason: str, now: int, usage: Usage) -> tuple[RunStep, Message, list[Emission]]:
        """The message incomplete, its step all the same completed (contract §7.3 I)."""
        flushed = self._finished()
        return self._ended(parts.cut_message(self.message, reason, now), now, usage, flushed)

    def _ended(
        self, message: Message, now: int, usage: Usage, flushed: list[Emission]
    ) -> tuple[RunStep, Message, list[Emission]]:
        step = parts.completed_step(self.step, now, usage)
        return step, message, [*flushed, emission.of_message(message), emission.of_step(step)]

    def _finished(self) -> list[Emission]:
        """The end of the message, which has a part even if that holds nothing."""
        flushed = self.flushed()
        return flushed if self._contents else [self._grow(_Text, Piece(""))]

    def _tell(self, pieces: Iterable[Piece]) -> list[Emission]:
        emissions: list[Emission] = []
        for piece in pieces:
            if (citation := piece.citation) is None:
                emissions.append(self._grow(_Text, piece))
            else:
                mark = Piece(self._marks.mark(citation), citation)
                emissions.append(self._grow(_Text, mark))
        return emissions

    def _grow(self, kind: type[_Text] | type[_Refusal], piece: Piece) -> Emission:
        if not self._contents or not isinstance(self._contents[-1], kind):
            self._contents.append(kind(len(self._contents)))
        content, told = self._contents[-1].grow(piece)
        delta = MessageDelta(id=self._message.id, delta=MessageDeltaContent(content=[content]))
        return Emission("thread.message.delta", delta, told)


def _is_prose(response_format: ResponseFormat | None) -> bool:
    """Whether something may follow the text: JSON would be JSON no more."""
    return response_format is None or isinstance(response_format, str | ResponseFormatText)
