"""Answers in HTTP/1.1: their bytes may be cut anywhere, and what is no answer is refused and nothing worse."""

from __future__ import annotations

import gzip
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from threadkeep.transport.plain_http_answer import Answer

Outcome = tuple[int, dict[str, str], bytes, bool]
REFUSED = "refused"

CUTS = st.lists(st.integers(min_value=0, max_value=400), max_size=12)
BODIES = st.binary(max_size=60)
# Few symbols, so that the ones that matter meet often.
NOISE = st.lists(
    st.sampled_from(
        [
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.0 404 Not Found\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 204\r\n",
            b"HTTP/2 200\r\n",
            b"content-length: 5\r\n",
            b"Content-Length: -1\r\n",
            b"transfer-encoding: chunked\r\n",
            b"connection: close\r\n",
            b"content-encoding: gzip\r\n",
            b" folded\r\n",
            b"no header\r\n",
            b"\r\n",
            b"\r",
            b"\n",
            b"5;name=value\r\nhello\r\n",
            b"0\r\n",
            b"0\r\n\r\n",
            b"+5\r\n",
            b"hello",
            b"",
        ]
    )
).map(b"".join)


def told(data: bytes, cuts: list[int]) -> Outcome | str:
    """What an answer is, or that it is none, if it comes in these pieces and ends."""
    answer, body = Answer(), b""
    bounds = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    try:
        for begin, end in pairwise(bounds):
            answer.feed(data[begin:end])
            body += answer.take()
        answer.feed_end()
    except ConnectionError:
        return REFUSED
    return (answer.status, answer.headers, body, answer.may_serve_again)


def chunked(body: bytes, sizes: list[int]) -> bytes:
    chunks, rest = b"", body
    for size in sizes:
        if piece := rest[:size]:
            chunks += b"%X;x=y\r\n%b\r\n" % (len(piece), piece)
        rest = rest[size:]
    return chunks + (b"%x\r\n%b\r\n" % (len(rest), rest) if rest else b"")


@given(BODIES, CUTS)
def test_a_body_under_its_length(body: bytes, cuts: list[int]) -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    assert told(data, cuts) == (200, {"content-length": str(len(body))}, body, True)


@given(BODIES, st.lists(st.integers(1, 20)), CUTS)
def test_a_body_in_chunks(body: bytes, sizes: list[int], cuts: list[int]) -> None:
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    data = head + chunked(body, sizes) + b"0\r\nx-trailer: 1\r\n\r\n"
    assert told(data, cuts) == (200, {"transfer-encoding": "chunked"}, body, True)


@given(BODIES, CUTS)
def test_a_body_to_the_end_of_the_connection(body: bytes, cuts: list[int]) -> None:
    assert told(b"HTTP/1.1 200 OK\r\n\r\n" + body, cuts) == (200, {}, body, False)


@given(BODIES, CUTS)
def test_a_compressed_body(body: bytes, cuts: list[int]) -> None:
    packed = gzip.compress(body)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
    outcome = told(head % len(packed) + packed, cuts)
    assert outcome[2:] == (body, True)


@given(NOISE, CUTS)
@example(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhellohello", [40])
@example(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n", [60])
def test_cuts_make_no_difference(data: bytes, cuts: list[int]) -> None:
    assert told(data, cuts) == told(data, [])
