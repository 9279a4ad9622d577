# Generated from tests/client/_async/test_polling.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Calls that wait until something is ready."""

from __future__ import annotations

import pytest

from tests.support.canned_server import CannedServer, Reply
from threadkeep import Client

SOON = {"openai-poll-after-ms": "1"}


def run(status: str) -> Reply:
    body = {"id": "run_1", "thread_id": "thread_1", "status": status}
    return Reply(body, headers=SOON)


def asked(canned_server: CannedServer) -> list[str]:
    return [f"{request.method} {request.path[3:]}" for request in canned_server.requests]


@pytest.mark.parametrize(
    "status", ["requires_action", "cancelled", "completed", "failed", "expired", "incomplete"]
)
def test_a_run_is_polled_until_it_has_settled(
    status: str, client: Client, canned_server: CannedServer
):
    canned_server.replies(run("queued"), run("in_progress"), run("cancelling"), run(status))
    polled = client.threads.runs.poll("run_1", "thread_1")
    assert polled.status == status
    assert asked(canned_server) == ["GET /threads/thread_1/runs/run_1"] * 4


def test_a_run_is_created_and_polled(client: Client, canned_server: CannedServer):
    canned_server.replies(run("queued"), run("in_progress"), run("completed"))
    polled = client.threads.runs.create_and_poll(
        thread_id="thread_1", assistant_id="asst_1", model=None, poll_interval_ms=1
    )
    assert polled.status == "completed"
    assert asked(canned_server) == [
        "POST /threads/thread_1/runs",
        "GET /threads/thread_1/runs/run_1",
        "GET /threads/thread_1/runs/run_1",
    ]
    assert canned_server.requests[0].json == {"assistant_id": "asst_1", "model": None}


def test_a_thread_is_created_run_and_polled(client: Client, canned_server: CannedServer):
    canned_server.replies(run("queued"), run("completed"))
    polled = client.threads.create_and_run_poll(
        assistant_id="asst_1", extra_headers={"X-Trace": "7"}
    )
    assert polled.status == "completed"
    assert asked(canned_server) == ["POST /threads/runs", "GET /threads/thread_1/runs/run_1"]
    assert [request.headers["x-trace"] for request in canned_server.requests] == ["7", "7"]


def test_outputs_are_submitted_and_the_run_polled(client: Client, canned_server: CannedServer):
    canned_server.replies(run("queued"), run("in_progress"), run("completed"))
    polled = client.threads.runs.submit_tool_outputs_and_poll(
        thread_id="thread_1", run_id="run_1", tool_outputs=[{"tool_call_id": "c", "output": ""}]
    )
    assert polled.status == "completed"
    assert asked(canned_server)[0] == "POST /threads/thread_1/runs/run_1/submit_tool_outputs"


def test_a_file_is_waited_for(client: Client, canned_server: CannedServer):
    canned_server.replies(
        Reply({"id": "file-1", "status": "uploaded"}),
        Reply({"id": "file-1", "status": "processed"}),
    )
    file = client.files.wait_for_processing("file-1", poll_interval=0.001)
    assert file.status == "processed"


def test_waiting_has_an_end(client: Client, canned_server: CannedServer):
    canned_server.replies(Reply({"id": "file-1", "status": "uploaded"}))
    with pytest.raises(TimeoutError, match=r"Giving up on /files/file-1 after 0\.01 seconds"):
        client.files.wait_for_processing("file-1", poll_interval=0.002, max_wait_seconds=0.01)


def test_a_file_is_put_into_a_vector_store_and_polled(client: Client, canned_server: CannedServer):
    busy = Reply({"id": "file-1", "status": "in_progress"}, headers=SOON)
    canned_server.replies(busy, busy, Reply({"id": "file-1", "status": "failed"}))
    file = client.vector_stores.files.create_and_poll("file-1", vector_store_id="vs_1")
    assert file.status == "failed"
    assert asked(canned_server) == [
        "POST /vector_stores/vs_1/files",
        "GET /vector_stores/vs_1/files/file-1",
        "GET /vector_stores/vs_1/files/file-1",
    ]


def test_a_batch_is_polled_until_no_file_is_in_progress(
    client: Client, canned_server: CannedServer
):
    busy = {"id": "vsfb_1", "status": "completed", "file_counts": {"in_progress": 1}}
    done = {"id": "vsfb_1", "status": "completed", "file_counts": {"failed": 1}}
    canned_server.replies(Reply(busy), Reply(busy, headers=SOON), Reply(done))
    batch = client.vector_stores.file_batches.create_and_poll("vs_1", file_ids=["file-1"])
    assert batch.file_counts.failed == 1
    assert asked(canned_server)[1:] == ["GET /vector_stores/vs_1/file_batches/vsfb_1"] * 2
