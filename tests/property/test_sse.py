"""Event streams: the bytes may be cut anywhere, and what is written is what is read."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from threadkeep.wire.sse import ServerSentEvent, SSEParser, encode_event

# Few symbols, so that the ones that matter meet often.
STREAMS = st.lists(
    st.sampled_from(
        [
            b"data: x",
            b"data:",
            b"data: \xe2\x98\x83",
            b"data",
            b"event: thread.run.created",
            b"event:",
            b"id: 7",
            b"id: \0",
            b"retry: 1000",
            b"retry: soon",
            b": comment",
            b" ",
            b":",
            b"\n",
            b"\n",
            b"\n\n",
            b"\r",
            b"\r\n",
            b"\r\n\r\n",
            b"\xef\xbb\xbf",
        ]
    )
).map(b"".join)

CUTS = st.lists(st.integers(min_value=0, max_value=200), max_size=12)

LINES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
NAMES = LINES.filter(lambda name: name not in {"", "message"})


def parsed(chunks: list[bytes], *, keep_incomplete: bool = False) -> list[ServerSentEvent]:
    parser = SSEParser()
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return events + parser.finish(keep_incomplete=keep_incomplete)


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    ends = [0, *sorted(min(at, len(stream)) for at in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(ends)]


def by_the_standard(stream: bytes) -> list[ServerSentEvent]:
    """Read line by line, as https://html.spec.whatwg.org tells it, the slow and plain way."""
    events: list[ServerSentEvent] = []
    last_id: str | None = None
    name, data, retry = "", list[bytes](), None
    text = stream.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for line in text.split(b"\n")[:-1]:
        if not line:
            if data:
                joined = b"\n".join(data)
                events.append(ServerSentEvent(name or "message", joined, last_id, retry))
            name, data, retry = "", [], None
            continue
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode()
        elif field == b"id" and b"\0" not in value:
            last_id = value.decode()
        elif field == b"retry" and value.isdigit():
            retry = int(value)
    return events


@given(stream=STREAMS)
@example(stream=b"data: x\r\n\r\ndata: y\n\n\ndata: z\r\r")
@example(stream=b"\xef\xbb\xbfdata: x\n\n")
def test_a_stream_means_what_the_standard_says(stream: bytes) -> None:
    assert parsed([stream]) == by_the_standard(stream)


@given(stream=STREAMS, cuts=CUTS)
@example(stream=b"data: x\r\n\r\n", cuts=[8, 10])
@example(stream=b"data: x\r\n\r\ndata: y\r\n\r\n", cuts=[8, 9, 9, 10])
@example(stream=b"\xef\xbb\xbfdata: \xe2\x98\x83\n\n", cuts=[1, 2, 10])
def test_any_chunking_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    assert parsed(cut(stream, cuts)) == parsed([stream])


@given(stream=STREAMS, cuts=CUTS)
def test_any_chunking_keeps_the_same_incomplete_event(stream: bytes, cuts: list[int]) -> None:
    whole = parsed([stream], keep_incomplete=True)
    assert parsed(cut(stream, cuts), keep_incomplete=True) == whole
    assert whole == by_the_standard(stream + b"\n\n")


@given(events=st.lists(st.tuples(st.none() | NAMES, LINES, st.none() | LINES)), cuts=CUTS)
def test_what_is_written_is_what_is_read(
    events: list[tuple[str | None, str, str | None]], cuts: list[int]
) -> None:
    expected: list[ServerSentEvent] = []
    last_id: str | None = None
    for name, data, event_id in events:
        last_id = last_id if event_id is None else event_id
        expected.append(ServerSentEvent(name or "message", data.encode(), last_id))
    written = b"".join(
        encode_event(name, data.encode(), id=event_id) for name, data, event_id in events
    )
    assert parsed(cut(written, cuts)) == expected
