"""A reply reads the same, however the network cuts its bytes."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.support.chat import calls_of, text_of, usage_of
from tests.support.scripted_reply import FunctionCall, Refusal, Reply, call, stream_steps
from threadkeep.inference import ChatChunk
from threadkeep.inference.completion_chunk import (
    MalformedReplyError,
    ReplyReader,
    ReportedError,
)
from threadkeep.types.usage import Usage

arguments = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3)
calls = st.builds(
    lambda name, given: call(name, json.dumps(given), id="call_1"),
    st.sampled_from(["get_weather", "get_time"]),
    arguments,
)
pieces = st.lists(st.text(max_size=8) | st.builds(Refusal, st.text(max_size=8)) | calls, max_size=8)
replies = st.builds(
    Reply,
    pieces,
    st.sampled_from(["stop", "length", "tool_calls", "content_filter"]),
    st.none() | st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
)


def written(reply: Reply) -> bytes:
    steps = stream_steps(reply, "gpt-4o", with_usage=True)
    return b"".join(step for step in steps if isinstance(step, bytes))


def read(parts: list[bytes]) -> list[ChatChunk]:
    reader = ReplyReader()
    chunks = [chunk for part in parts for chunk in reader.feed(part)]
    return chunks + reader.finish()


@given(replies, st.data())
def test_any_cutting_of_the_bytes_gives_the_same_chunks(reply: Reply, data: st.DataObject):
    body = written(reply)
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=20))
    places = [0, *sorted(cuts), len(body)]

    assert read([body[start:end] for start, end in pairwise(places)]) == read([body])


@given(replies)
def test_what_was_said_is_what_is_read(reply: Reply):
    chunks = read([written(reply)])

    assert text_of(chunks) == "".join(p for p in reply.pieces if isinstance(p, str))
    assert "".join(chunk.refusal or "" for chunk in chunks) == "".join(
        piece.text for piece in reply.pieces if isinstance(piece, Refusal)
    )
    said = [(p.name, p.arguments) for p in reply.pieces if isinstance(p, FunctionCall)]
    assert calls_of(chunks) == said
    if reply.usage:
        prompt, completion = reply.usage
        assert usage_of(chunks) == Usage(
            prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion
        )


@given(st.lists(st.binary(max_size=30) | st.just(b"data: {}\n\n"), max_size=10))
def test_whatever_comes_is_read_or_refused_in_words(parts: list[bytes]):
    with suppress(MalformedReplyError, ReportedError):
        read(parts)
