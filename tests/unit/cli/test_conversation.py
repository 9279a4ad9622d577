"""A conversation in the terminal, when the server was interrupted in the middle of an answer."""

from __future__ import annotations

import pytest

from tests.support.canned_server import CannedServer, Reply, raw_stream, sse
from tests.support.events import message, text_run
from threadkeep import Client
from threadkeep.cli.conversation import Conversation

RESTARTED = "thread.run.restarted", {"id": "run_1", "object": "thread.run.restart", "epoch": 2}


def test_an_answer_that_begins_again_is_told_as_such(
    canned_server: CannedServer, capsys: pytest.CaptureFixture[str]
):
    old = [sse(*event, id=f"1.{n}") for n, event in enumerate(text_run("Old words"))]
    again = [RESTARTED, *text_run("New words")[2:]]
    new = [sse(*event, id=f"2.{n}") for n, event in enumerate(again)]
    canned_server.replies(
        Reply(message("completed", "Hello")[1]),
        raw_stream(*old[:8], then_drop=True),
        raw_stream(*new, b"event: done\ndata: [DONE]\n\n"),
    )
    with Client(api_key="key", base_url=canned_server.base_url) as client:
        Conversation(client, "thread_1", "asst_1", None, None).turn("Hello")
    assert capsys.readouterr().out.splitlines() == [
        "Old words",
        "[the server was interrupted, the last answer begins again]",
        "New words",
    ]
