"""Calls that are tried again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import threadkeep
from tests.support.canned_server import DROP, CannedServer, Reply, event_stream
from threadkeep import AsyncClient

SOON = {"retry-after-ms": "1"}
THREAD = Reply({"id": "thread_1"})
RUN = ("thread.run.queued", {"id": "run_1"})


@pytest.fixture
def patient(async_client: AsyncClient) -> AsyncClient:
    """A client with the usual number of retries."""
    return async_client.with_options(max_retries=2)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_a_call_is_tried_again_and_is_the_same_call(
    status: int, patient: AsyncClient, canned_server: CannedServer
):
    busy = Reply({"error": {"message": "busy"}}, status=status, headers=SOON)
    canned_server.replies(busy, busy, THREAD)
    thread = await patient.threads.create(metadata={"a": "b"})
    assert thread.id == "thread_1"
    first, second, third = canned_server.requests
    assert first.body == second.body == third.body
    keys = {asked.headers["idempotency-key"] for asked in canned_server.requests}
    assert len(keys) == 1


async def test_the_last_answer_is_raised(patient: AsyncClient, canned_server: CannedServer):
    canned_server.replies(Reply({}, status=429, headers=SOON))
    with pytest.raises(threadkeep.RateLimitError):
        await patient.threads.create()
    assert len(canned_server.requests) == 3


async def test_what_would_fail_again_is_tried_once(
    patient: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(Reply({}, status=400))
    with pytest.raises(threadkeep.BadRequestError):
        await patient.threads.create()
    canned_server.replies(Reply({}, status=500, headers={"x-should-retry": "false"}))
    with pytest.raises(threadkeep.InternalServerError):
        await patient.threads.create()
    canned_server.replies(Reply({}, status=429, headers={"retry-after": "121"}))
    with pytest.raises(threadkeep.RateLimitError):
        await patient.threads.create()
    assert len(canned_server.requests) == 3


async def test_a_lost_connection_is_tried_again(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(DROP, THREAD)
    client = async_client.with_options(max_retries=1)
    assert (await client.threads.retrieve("thread_1")).id == "thread_1"


async def test_a_page_is_tried_again(patient: AsyncClient, canned_server: CannedServer):
    page = Reply({"object": "list", "data": [{"id": "msg_1"}], "has_more": False})
    canned_server.replies(Reply({}, status=503, headers=SOON), page)
    messages = await patient.threads.messages.list("thread_1")
    assert [message.id for message in messages.data] == ["msg_1"]


async def test_a_stream_is_tried_again_until_it_begins(
    patient: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(Reply({}, status=503, headers=SOON), event_stream(RUN))
    async with patient.threads.runs.stream("thread_1", assistant_id="a") as stream:
        assert (await stream.get_final_run()).id == "run_1"
    assert len(canned_server.requests) == 2


async def test_a_file_is_sent_again_from_its_beginning(
    patient: AsyncClient, canned_server: CannedServer, tmp_path: Path
):
    (tmp_path / "notes.txt").write_bytes(b"0123456789")
    canned_server.replies(Reply({}, status=503, headers=SOON), Reply({"id": "file-1"}))
    await patient.files.create(file=tmp_path / "notes.txt", purpose="assistants")
    first, second = canned_server.requests
    assert first.body == second.body
    assert b"0123456789" in second.body


async def test_a_file_that_cannot_be_rewound_is_sent_once(
    patient: AsyncClient, canned_server: CannedServer
):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    canned_server.replies(Reply({}, status=503, headers=SOON))
    with pytest.raises(threadkeep.InternalServerError):
        await patient.files.create(file=Pipe(b"abc"), purpose="assistants")
    assert len(canned_server.requests) == 1
