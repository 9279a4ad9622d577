"""Objects of the API in words, those of newer servers too."""

from __future__ import annotations

import pytest

from threadkeep.cli.wording import contents, outcome, said, time, tool_names
from threadkeep.types.codec import decode
from threadkeep.types.message import Message
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep

PARTS = b"""[
    {"type": "text", "text": {"value": "Look", "annotations": []}},
    {"type": "image_file", "image_file": {"file_id": "file_1"}},
    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    {"type": "refusal", "refusal": "No."},
    {"type": "hologram", "size": 3}
]"""


def test_a_message_says_what_its_parts_say():
    message = decode(b'{"id": "msg_1", "content": %s}' % PARTS, Message)
    assert said(message).splitlines() == [
        "Look",
        "[image file_1]",
        "[image https://example.com/a.png]",
        "No.",
        "[hologram]",
    ]


def test_tools_are_called_by_function_or_type():
    tools = (
        b'[{"type": "file_search"}, {"type": "function", "function": {"name": "f"}}, {"type": "x"}]'
    )
    assert (
        tool_names(decode(b'{"id": "run_1", "tools": %s}' % tools, Run).tools)
        == "file_search, f, x"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (b'"last_error": {"code": "server_error", "message": "Gone."}', "server_error: Gone."),
        (b'"incomplete_details": {"reason": "max_prompt_tokens"}', "max_prompt_tokens"),
        (b'"status": "completed"', ""),
    ],
)
def test_what_became_of_a_run(fields, words):
    assert outcome(decode(b'{"id": "run_1", %s}' % fields, Run)) == words


CALL = b'{"type": "tool_calls", "tool_calls": [%s]}'
FUNCTION = (
    b'{"type": "function", "id": "c", "function": {"name": "f", "arguments": "{}", "output": %s}}'
)


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (b'{"type": "message_creation", "message_creation": {"message_id": "msg_1"}}', "msg_1"),
        (CALL % (FUNCTION % b"null"), "f({})"),
        (CALL % (FUNCTION % b'"4"'), "f({}) = 4"),
        (CALL % b'{"type": "file_search", "id": "c", "file_search": {}}', "file_search"),
        (CALL % b'{"type": "x", "id": "c"}', "x"),
        (b'{"type": "x"}', "x"),
    ],
)
def test_what_a_step_did(details, words):
    data = b'{"id": "step_1", "type": "x", "step_details": %s}' % details
    assert contents(decode(data, RunStep)) == words


def test_a_time_that_is_not_there():
    assert time(None) == ""
