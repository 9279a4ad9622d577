"""The event streams that servers really send."""

from __future__ import annotations

import pytest

from threadkeep.wire.sse import ServerSentEvent, SSEParser, encode_event


def test_the_stream_of_a_run() -> None:
    stream = (
        b'event: thread.run.created\ndata: {"id":"run_1"}\n\n'
        b'event: thread.message.delta\ndata: {"delta":"\xe2\x98\x83"}\n\n'
        b"event: done\ndata: [DONE]\n\n"
    )
    assert SSEParser().feed(stream) == [
        ServerSentEvent("thread.run.created", b'{"id":"run_1"}'),
        ServerSentEvent("thread.message.delta", '{"delta":"☃"}'.encode()),
        ServerSentEvent("done", b"[DONE]"),
    ]


def test_the_stream_of_a_chat_model() -> None:
    stream = b': OPENROUTER PROCESSING\n\ndata: {"choices":[]}\n\ndata: [DONE]\n\n'
    assert SSEParser().feed(stream) == [
        ServerSentEvent("message", b'{"choices":[]}'),
        ServerSentEvent("message", b"[DONE]"),
    ]


def test_carriage_returns_and_no_space_after_the_colon() -> None:
    stream = b"event:ping\r\ndata:{}\r\n\r\nevent:ping\rdata:{}\r\r"
    assert SSEParser().feed(stream) == [ServerSentEvent("ping", b"{}")] * 2


def test_several_lines_of_data_are_one_event() -> None:
    assert SSEParser().feed(b"data: a\ndata:  b\ndata\n\n") == [
        ServerSentEvent("message", b"a\n b\n")
    ]


def test_an_id_holds_until_the_next_one() -> None:
    parser = SSEParser()
    events = parser.feed(b"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\n")
    assert [(event.data, event.id) for event in events] == [(b"a", "1"), (b"b", "1"), (b"c", "2")]
    assert parser.last_event_id == "2"


def test_a_waiting_time_belongs_to_its_event_and_to_the_stream() -> None:
    parser = SSEParser()
    first, second = parser.feed(b"retry: 250\ndata: a\n\ndata: b\n\nretry: 500\n\n")
    assert (first.retry_ms, second.retry_ms, parser.retry_ms) == (250, None, 500)


def test_a_waiting_time_beyond_all_sense_is_ignored() -> None:
    parser = SSEParser()
    assert parser.feed(b"retry: " + b"9" * 5_000 + b"\ndata: a\n\n")
    assert parser.retry_ms is None


def test_bytes_that_are_not_utf_8_do_not_stop_the_stream() -> None:
    (event,) = SSEParser().feed(b"event: \xff\ndata: \xff\n\n")
    assert event == ServerSentEvent("\N{REPLACEMENT CHARACTER}", b"\xff")


def test_an_incomplete_event_is_dropped() -> None:
    parser = SSEParser()
    assert parser.feed(b'event: done\ndata: {"half') == []
    assert parser.finish() == []


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_an_incomplete_event_can_be_kept(end: bytes) -> None:
    parser = SSEParser()
    assert parser.feed(b"data: [DONE]" + end) == []
    assert parser.finish(keep_incomplete=True) == [ServerSentEvent("message", b"[DONE]")]


def test_a_long_event_in_many_chunks() -> None:
    parser = SSEParser()
    chunks = [b"data: ", *[b"x" * 1_000] * 2_000, b"\n", b"\n"]
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    assert [len(event.data) for event in events] == [2_000_000]


def test_events_are_written_with_plain_newlines() -> None:
    assert encode_event("done", b"[DONE]") == b"event: done\ndata: [DONE]\n\n"
    assert encode_event(None, b"{}") == b"data: {}\n\n"
    assert encode_event("ping", b"{}", id="7") == b"id: 7\nevent: ping\ndata: {}\n\n"


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b"])
def test_what_would_break_the_stream_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        encode_event(text, b"{}")
    with pytest.raises(ValueError, match="line break"):
        encode_event("ping", text.encode())
    with pytest.raises(ValueError, match="line break"):
        encode_event("ping", b"{}", id=text)
