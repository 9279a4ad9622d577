from __future__ import annotations

import json

import pytest

from tests.support.chat import calls_of, text_of, usage_of
from threadkeep.inference import ChatChunk, ToolCallChunk
from threadkeep.inference.completion_chunk import (
    MalformedReplyError,
    ReplyReader,
    ReportedError,
)
from threadkeep.types.usage import CompletionTokensDetails, PromptTokenDetails, Usage


def event(delta=None, finish_reason=None, **fields):
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return b"data: " + json.dumps({"choices": [choice], **fields}).encode() + b"\n\n"


def read(*events):
    """The chunks of a whole stream."""
    reader = ReplyReader()
    chunks = [chunk for data in events for chunk in reader.feed(data)]
    return chunks + reader.finish()


def call_deltas(*deltas):
    return read(*(event({"tool_calls": [delta]}) for delta in deltas), event({}, "tool_calls"))


def delta(name=None, arguments=None, **fields):
    return {**fields, "function": {"name": name, "arguments": arguments}}


def test_what_adds_nothing_is_no_chunk():
    chunks = read(
        event({"role": "assistant", "content": None}),
        event({"content": ""}),
        event({"reasoning_content": "Hm.", "x": 1}),
        event(None),
        b'data: {"choices":[]}\n\n',
        b'data: {"choices":null,"usage":null}\n\n',
        event({"content": "Hi"}),
        event({}, "stop"),
    )

    assert chunks == [ChatChunk(text="Hi"), ChatChunk(finish_reason="stop")]


def test_content_parts_are_text_without_thoughts():
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "It "},
        {"type": "text", "text": "rains."},
        {"type": "text", "text": None},
    ]

    assert text_of(read(event({"content": parts}, "stop"))) == "It rains."


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "total_tokens": 13,
                "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(
                prompt_tokens=9,
                completion_tokens=4,
                total_tokens=13,
                prompt_token_details=PromptTokenDetails(cached_tokens=8),
                completion_tokens_details=CompletionTokensDetails(reasoning_tokens=3),
            ),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": None,
                "prompt_tokens_details": None,
                "completion_tokens_details": {"reasoning_tokens": None},
            },
            Usage(prompt_tokens=9, total_tokens=9),
        ),
    ],
)
def test_usage_is_read_wherever_it_comes(usage, told):
    assert usage_of(read(event({"content": "x"}, "stop", usage=usage))) == told
    assert usage_of(read(event({}, "stop"), event(None, usage=usage))) == told


def test_a_call_in_pieces():
    chunks = call_deltas(
        delta("f", "", index=0, id="a"),
        delta(None, '{"x"', index=0),
        delta(None, ":1}", index=0, id="a"),
        delta("g", "{}", index=1, id="b"),
    )

    assert [part for chunk in chunks for part in chunk.tool_calls] == [
        ToolCallChunk(index=0, id="a", name="f"),
        ToolCallChunk(index=0, arguments='{"x"'),
        ToolCallChunk(index=0, arguments=":1}"),
        ToolCallChunk(index=1, id="b", name="g", arguments="{}"),
    ]


@pytest.mark.parametrize(
    "deltas",
    [
        [delta("f", '{"x":1}'), delta("g", "{}")],
        [delta("f", '{"x":1}', id="a"), delta("g", "{}", id="b")],
        [delta("f", '{"x":1}', index=0, id="a"), delta("g", "{}", index=0, id="b")],
        [delta("f", '{"x":1}', index=3, id="a"), delta("g", "{}", index=7, id="b")],
        [delta("f", {"x": 1}, index=0), delta("g", {}, index=1)],
        [delta("f", '{"x":'), delta(None, "1}"), delta("g", "{}")],
        [delta(None, '{"x":', index=0, id="a"), delta("f", "1}", index=0), delta("g", index=1)],
        [{"index": 0, "id": "a"}, delta("f", '{"x":1}', index=0), delta("g", None, index=1)],
    ],
)
def test_calls_are_told_apart_whatever_the_server_marks_them_with(deltas):
    assert calls_of(call_deltas(*deltas)) == [("f", '{"x":1}'), ("g", "{}")]


def test_several_calls_in_one_chunk():
    calls = [delta("f", "{}", index=0, id="a"), delta("g", "{}", index=1, id="b")]
    (chunk, _) = read(event({"tool_calls": calls}), event({}, "tool_calls"))

    assert calls_of([chunk]) == [("f", "{}"), ("g", "{}")]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("eos", "stop"),
    ],
)
def test_reasons_of_the_end(reason, told):
    assert read(event({}, reason)) == [ChatChunk(finish_reason=told)]


@pytest.mark.parametrize(
    "data",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        b'data: {"choices":{}}\n\n',
        event({"content": 1}),
        event({"tool_calls": [{"function": {"name": 1}}]}),
    ],
)
def test_nonsense_is_told(data):
    with pytest.raises(MalformedReplyError, match="it sent what is no reply"):
        ReplyReader().feed(data)


@pytest.mark.parametrize("events", [[], [event({"content": "Half"})], [b": ping\n\n"]])
def test_an_end_that_comes_too_early_is_told(events):
    with pytest.raises(MalformedReplyError, match="it stopped in the middle"):
        read(*events)


def test_a_call_without_a_name_is_told():
    with pytest.raises(MalformedReplyError, match="without naming it"):
        call_deltas(delta(None, "{}", index=0))


def test_an_error_in_place_of_a_chunk_is_raised():
    with pytest.raises(ReportedError) as raised:
        ReplyReader().feed(b'data: {"error":{"message":"Out of memory."}}\n\n')
    assert raised.value.body == {"message": "Out of memory."}


def test_what_came_before_nonsense_in_one_arrival_is_given_first():
    reader = ReplyReader()

    [chunk] = reader.feed(event({"content": "Half"}) + b"data: {\n\n")

    assert chunk.text == "Half"
    with pytest.raises(MalformedReplyError, match="it sent what is no reply"):
        reader.check()
