# Generated from tests/client/_async/test_retries.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Calls that are tried again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import threadkeep
from tests.support.canned_server import DROP, CannedServer, Reply, event_stream
from threadkeep import Client

SOON = {"retry-after-ms": "1"}
THREAD = Reply({"id": "thread_1"})
RUN = ("thread.run.queued", {"id": "run_1"})


@pytest.fixture
def patient(client: Client) -> Client:
    """A client with the usual number of retries."""
    return client.with_options(max_retries=2)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_call_is_tried_again_and_is_the_same_call(
    status: int, patient: Client, canned_server: CannedServer
):
    busy = Reply({"error": {"message": "busy"}}, status=status, headers=SOON)
    canned_server.replies(busy, busy, THREAD)
    thread = patient.threads.create(metadata={"a": "b"})
    assert thread.id == "thread_1"
    first, second, third = canned_server.requests
    assert first.body == second.body == third.body
    keys = {asked.headers["idempotency-key"] for asked in canned_server.requests}
    assert len(keys) == 1


def test_the_last_answer_is_raised(patient: Client, canned_server: CannedServer):
    canned_server.replies(Reply({}, status=429, headers=SOON))
    with pytest.raises(threadkeep.RateLimitError):
        patient.threads.create()
    assert len(canned_server.requests) == 3


def test_what_would_fail_again_is_tried_once(patient: Client, canned_server: CannedServer):
    canned_server.replies(Reply({}, status=400))
    with pytest.raises(threadkeep.BadRequestError):
        patient.threads.create()
    canned_server.replies(Reply({}, status=500, headers={"x-should-retry": "false"}))
    with pytest.raises(threadkeep.InternalServerError):
        patient.threads.create()
    canned_server.replies(Reply({}, status=429, headers={"retry-after": "121"}))
    with pytest.raises(threadkeep.RateLimitError):
        patient.threads.create()
    assert len(canned_server.requests) == 3


def test_a_lost_connection_is_tried_again(client: Client, canned_server: CannedServer):
    canned_server.replies(DROP, THREAD)
    client = client.with_options(max_retries=1)
    assert (client.threads.retrieve("thread_1")).id == "thread_1"


def test_a_page_is_tried_again(patient: Client, canned_server: CannedServer):
    page = Reply({"object": "list", "data": [{"id": "msg_1"}], "has_more": False})
    canned_server.replies(Reply({}, status=503, headers=SOON), page)
    messages = patient.threads.messages.list("thread_1")
    assert [message.id for message in messages.data] == ["msg_1"]


def test_a_stream_is_tried_again_until_it_begins(patient: Client, canned_server: CannedServer):
    canned_server.replies(Reply({}, status=503, headers=SOON), event_stream(RUN))
    with patient.threads.runs.stream("thread_1", assistant_id="a") as stream:
        assert (stream.get_final_run()).id == "run_1"
    assert len(canned_server.requests) == 2


def test_a_file_is_sent_again_from_its_beginning(
    patient: Client, canned_server: CannedServer, tmp_path: Path
):
    (tmp_path / "notes.txt").write_bytes(b"0123456789")
    canned_server.replies(Reply({}, status=503, headers=SOON), Reply({"id": "file-1"}))
    patient.files.create(file=tmp_path / "notes.txt", purpose="assistants")
    first, second = canned_server.requests
    assert first.body == second.body
    assert b"0123456789" in second.body


def test_a_file_that_cannot_be_rewound_is_sent_once(patient: Client, canned_server: CannedServer):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    canned_server.replies(Reply({}, status=503, headers=SOON))
    with pytest.raises(threadkeep.InternalServerError):
        patient.files.create(file=Pipe(b"abc"), purpose="assistants")
    assert len(canned_server.requests) == 1
