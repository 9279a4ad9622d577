"""What looks at every answer of the test suite does see what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.types import Message

from tests.support.http import Http
from tests.support.witness import Witness

DELTA: Any = {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": []}}
RUN_EVENT = b'event: thread.run.queued\ndata: {"id": "run_1", "object": "thread.run"}\n\n'


async def problems_of(
    body: bytes, *, content_type: bytes, path: str = "/v1/threads", status: int = 200
) -> list[str]:
    """What a witness says about an answer that comes in two pieces."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-type", content_type)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body[:9], "more_body": True})
        await send({"type": "http.response.body", "body": body[9:]})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        pass

    witness = Witness(app)
    await witness({"type": "http", "method": "POST", "path": path}, receive, send)
    return witness.problems


def event(name: str, data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


async def test_an_answer_that_does_not_fit():
    [missing, *_] = await problems_of(b'{"id": "thread_1"}', content_type=b"application/json")
    assert missing.startswith("POST /threads 200: the body: ")
    refused = {"message": "No.", "type": "invalid_request_error", "param": None}
    body = json.dumps({"error": refused}).encode()
    [code] = await problems_of(body, content_type=b"application/json", status=400)
    assert code == 'POST /threads 400: error: "code" is a required property'


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        (event("thread.message.delta", DELTA), None),
        (event("done", 1), "done: b'1'"),
        (event("thread.run.paused", {}), "thread.run.paused is no event of the API"),
        (RUN_EVENT, "is a required property"),
        (b": ping\n\n", "is no event"),
        (b"event: done\r\ndata: [DONE]\r\n\r\n", "ends in"),
        (event("thread.message.delta", DELTA)[:-1], "ends in"),
    ],
)
async def test_a_stream_that_does_not_fit(stream: bytes, problem: str | None):
    found = await problems_of(stream, content_type=b"text/event-stream", path="/v1/threads/runs")
    assert found == [] if problem is None else problem in found[0]


async def test_what_is_no_part_of_the_api_is_not_looked_at():
    assert await problems_of(b"{}", content_type=b"application/json", path="/health") == []


def test_it_stands_before_every_server(running_server: Any, http: Http):
    http.ok("POST", "/threads")
    assert [seen.operation for seen in running_server.witness.seen] == ["POST /threads"]
