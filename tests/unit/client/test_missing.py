"""What was missed of a message is what makes the seen part whole."""

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.client.growing import GrowingMessage
from threadkeep.client.missing import missing_delta
from threadkeep.types.message import (
    FileCitation,
    FileCitationAnnotation,
    Message,
    RefusalPart,
    TextPart,
    TextValue,
)

ANNOTATIONS = st.lists(
    st.builds(
        FileCitationAnnotation,
        text=st.text(max_size=3),
        start_index=st.integers(0, 9),
        end_index=st.integers(0, 9),
        file_citation=st.builds(FileCitation, file_id=st.text(max_size=3)),
    ),
    max_size=3,
)
TEXTS = st.builds(
    TextPart, text=st.builds(TextValue, value=st.text(max_size=8), annotations=ANNOTATIONS)
)
PARTS = TEXTS | st.builds(RefusalPart, refusal=st.text(max_size=8))


def message(content) -> Message:
    return Message(id="msg_1", role="assistant", content=content)


def beginning(part, length):
    if isinstance(part, RefusalPart):
        return RefusalPart(refusal=part.refusal[:length])
    text = part.text
    return TextPart(
        text=TextValue(value=text.value[:length], annotations=text.annotations[:length])
    )


@given(content=st.lists(PARTS, max_size=4), seen_parts=st.integers(0, 4), length=st.integers(0, 8))
def test_seen_and_missing_are_the_whole(content, seen_parts, length):
    final = message(content)
    seen = content[:seen_parts]
    if seen:
        seen = [*seen[:-1], beginning(seen[-1], length)]
    growing = GrowingMessage(message(seen))
    delta = missing_delta(message(seen), final)
    if delta is not None:
        growing.add(delta)
    assert growing.snapshot().content == final.content


def test_what_does_not_go_on_from_there_is_left_alone():
    seen = message([TextPart(text=TextValue(value="Old"))])
    final = message([TextPart(text=TextValue(value="New"))])
    assert missing_delta(seen, final) is None
    assert missing_delta(seen, message([RefusalPart(refusal="No")])) is None
