"""Whatever part of a message's deltas was told, the rest makes it whole."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.engine.told_message import Told, rest_of, told_whole
from threadkeep.types.delta import (
    ContentDelta,
    FileCitationDelta,
    RefusalDelta,
    TextDelta,
    TextDeltaValue,
)
from threadkeep.types.message import (
    FileCitation,
    FileCitationAnnotation,
    Message,
    RefusalPart,
    TextPart,
    TextValue,
)

ID = "msg_1"
# A text part is told in pieces, some of which are citations; a refusal in pieces.
TEXT = st.lists(st.tuples(st.text(max_size=4), st.booleans()), max_size=5)
REFUSAL = st.lists(st.text(max_size=4), max_size=5)
PARTS = st.lists(TEXT.map(lambda pieces: ("text", pieces)) | REFUSAL.map(lambda p: ("refusal", p)))


def citation(mark: str) -> FileCitationAnnotation:
    cited = FileCitation(file_id="file-1")
    return FileCitationAnnotation(text=mark, start_index=0, end_index=1, file_citation=cited)


def message_of(parts) -> Message:
    content = [
        TextPart(
            text=TextValue(
                value="".join(text for text, _ in pieces),
                annotations=[citation(text) for text, is_cited in pieces if is_cited],
            )
        )
        if kind == "text"
        else RefusalPart(refusal="".join(pieces))
        for kind, pieces in parts
    ]
    return Message(id=ID, content=content)


def deltas_of(parts) -> list[ContentDelta]:
    deltas: list[ContentDelta] = []
    for index, (kind, pieces) in enumerate(parts):
        for piece in pieces:
            if kind == "refusal":
                deltas.append(RefusalDelta(index=index, refusal=piece))
                continue
            text, is_cited = piece
            told = [FileCitationDelta(index=0, text=text)] if is_cited else []
            value = TextDeltaValue(value=text, annotations=told)
            deltas.append(TextDelta(index=index, text=value))
    return deltas


def whole(deltas: Iterable[ContentDelta]) -> dict[int, tuple[str, list[str]]]:
    """The text and the marks of each part that has any."""
    parts: dict[int, tuple[str, list[str]]] = {}
    for delta in deltas:
        text, marks = parts.get(delta.index, ("", []))
        if isinstance(delta, RefusalDelta):
            parts[delta.index] = (text + delta.refusal, marks)
        else:
            more = [mark.text for mark in delta.text.annotations or ()]
            parts[delta.index] = (text + delta.text.value, marks + more)
    return {index: part for index, part in parts.items() if any(part)}


def told_with(deltas: Iterable[ContentDelta]) -> Told | None:
    """What the last of these deltas comes with."""
    told = None
    for delta in deltas:
        if told is None or told.index != delta.index:
            told = Told(delta.index, 0)
        if isinstance(delta, RefusalDelta):
            told = Told(delta.index, told.characters + len(delta.refusal))
        else:
            cited = told.annotations + len(delta.text.annotations)
            told = Told(delta.index, told.characters + len(delta.text.value), cited)
    return told


@given(PARTS, st.integers(0, 20))
def test_what_was_told_and_the_rest_are_the_whole_message(parts, told_count):
    deltas = deltas_of(parts)
    rest = rest_of(message_of(parts), told_with(deltas[:told_count]))
    more = [] if rest is None else rest.delta.content
    assert whole([*deltas[:told_count], *more]) == whole(deltas)
    assert (rest is None) == (whole(deltas[:told_count]) == whole(deltas))


@given(PARTS)
def test_of_a_message_that_was_told_at_once_nothing_is_left(parts):
    message = message_of(parts)
    assert not message.content or rest_of(message, told_whole(message)) is None
