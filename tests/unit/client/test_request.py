"""From operations to requests."""

from __future__ import annotations

import io
from pathlib import Path

from threadkeep.client.config import ClientConfig
from threadkeep.client.options import NOT_GIVEN
from threadkeep.client.request import RequestBuilder, is_repeatable
from threadkeep.client.upload import FormBody
from threadkeep.transport import Timeout
from threadkeep.wire import files, messages, threads

CONFIG = ClientConfig(
    api_key="k",
    base_url="http://server/v1",
    organization="org",
    project="proj",
    default_headers={"X-Mine": "1", "User-Agent": "me"},
    default_query={"api-version": "1"},
)
BUILDER = RequestBuilder(CONFIG)


def test_who_is_asking():
    headers = BUILDER.build(threads.retrieve("t"), {}).headers
    assert headers["authorization"] == "Bearer k"
    assert headers["openai-beta"] == "assistants=v2"
    assert headers["openai-organization"] == "org"
    assert headers["openai-project"] == "proj"


def test_headers_of_the_client_go_before_its_own_and_those_of_the_call_before_both():
    headers = BUILDER.build(threads.retrieve("t"), {"extra_headers": {"x-mine": "2"}}).headers
    assert headers["x-mine"] == "2"
    assert headers["user-agent"] == "me"
    assert len({name.lower() for name in headers}) == len(headers)


def test_a_header_can_be_taken_out():
    options = {"OpenAI-Beta": NOT_GIVEN, "X-Never": NOT_GIVEN}
    headers = BUILDER.build(threads.retrieve("t"), {"extra_headers": options}).headers
    assert "openai-beta" not in headers
    assert "x-never" not in headers


def test_what_the_call_adds_to_query_and_body():
    request = BUILDER.build(
        messages.create("t", role="user", content="Hi"),
        {"extra_query": {"trace": "a b"}, "extra_body": {"mood": "fine"}},
    )
    assert request.url == "http://server/v1/threads/t/messages?api-version=1&trace=a%20b"
    assert request.body == b'{"role":"user","content":"Hi","mood":"fine"}'
    assert request.headers["content-type"] == "application/json"


def test_only_a_post_carries_an_idempotency_key_and_each_its_own():
    first, second = (BUILDER.build(threads.create(), {}) for _ in range(2))
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]
    assert "idempotency-key" not in BUILDER.build(threads.delete("t"), {}).headers


def test_limits_of_time_are_those_of_the_call_else_of_the_client():
    assert BUILDER.build(threads.retrieve("t"), {}).timeout == CONFIG.timeout
    assert BUILDER.build(threads.retrieve("t"), {"timeout": 3}).timeout == Timeout(3, 3)
    assert BUILDER.build(threads.retrieve("t"), {"timeout": None}).timeout == Timeout(None, None)


def test_a_form_says_its_type_and_length():
    request = BUILDER.build(files.create(file=b"abc", purpose="vision"), {})
    assert isinstance(request.body, FormBody)
    assert request.headers["content-type"] == request.body.content_type
    assert request.headers["content-length"] == str(len(b"".join(request.body)))


def test_a_file_is_read_again_for_each_try(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"x" * 600_000)
    for file in (path, io.BytesIO(path.read_bytes()), ("notes.txt", path.read_bytes())):
        request = BUILDER.build(files.create(file=file, purpose="assistants"), {})
        assert isinstance(request.body, FormBody)
        assert b"".join(request.body) == b"".join(request.body)
        assert b"x" * 600_000 in b"".join(request.body)
        assert is_repeatable(request)


def test_a_file_that_cannot_be_rewound_is_sent_once_and_without_a_length():
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    request = BUILDER.build(files.create(file=Pipe(b"abc"), purpose="vision"), {})
    assert not is_repeatable(request)
    assert "content-length" not in request.headers
    assert isinstance(request.body, FormBody)
    assert b"\r\n\r\nabc\r\n" in b"".join(request.body)
