"""What goes wrong, and what is raised for it."""

from __future__ import annotations

import socket

import pytest

import threadkeep
from tests.support.canned_server import DROP, CannedServer, Reply
from threadkeep import AsyncClient

PROBLEM = {
    "message": "No thread found with id 'thread_x'.",
    "type": "invalid_request_error",
    "param": "thread_id",
    "code": "gone",
}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, threadkeep.BadRequestError),
        (401, threadkeep.AuthenticationError),
        (403, threadkeep.PermissionDeniedError),
        (404, threadkeep.NotFoundError),
        (409, threadkeep.ConflictError),
        (422, threadkeep.UnprocessableEntityError),
        (429, threadkeep.RateLimitError),
        (500, threadkeep.InternalServerError),
        (503, threadkeep.InternalServerError),
        (418, threadkeep.APIStatusError),
    ],
)
async def test_each_status_has_its_error(
    status: int,
    error: type[threadkeep.APIStatusError],
    async_client: AsyncClient,
    canned_server: CannedServer,
):
    canned_server.replies(Reply({"error": PROBLEM}, status=status))
    with pytest.raises(threadkeep.APIStatusError) as caught:
        await async_client.threads.retrieve("thread_x")
    assert type(caught.value) is error
    assert str(caught.value) == f"Error code: {status} - {{'error': {PROBLEM}}}"
    assert (caught.value.status_code, caught.value.body) == (status, PROBLEM)
    assert (caught.value.type, caught.value.param) == ("invalid_request_error", "thread_id")
    assert (caught.value.code, caught.value.request_id) == ("gone", "req_1")


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b'"oops"', b"\xff\xfe"])
async def test_an_error_without_a_problem_is_still_one(
    body: bytes, async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(Reply(body, status=502))
    with pytest.raises(threadkeep.InternalServerError, match="Error code: 502"):
        await async_client.threads.retrieve("thread_x")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"object": "thread"}', b'{"id": 3}']
)
async def test_an_answer_that_is_not_of_the_api(
    body: bytes, async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(Reply(body))
    with pytest.raises(threadkeep.APIResponseValidationError, match="Thread") as caught:
        await async_client.threads.retrieve("thread_x")
    assert caught.value.body == body.decode()


async def test_a_list_that_is_none(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(Reply({"id": "thread_1"}))
    with pytest.raises(threadkeep.APIResponseValidationError, match="Message"):
        await async_client.threads.messages.list("thread_1")


async def test_a_server_that_hangs_up(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(DROP)
    with pytest.raises(threadkeep.APIConnectionError) as caught:
        await async_client.threads.retrieve("thread_x")
    assert not isinstance(caught.value, threadkeep.APITimeoutError)


async def test_a_server_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    base_url = f"http://127.0.0.1:{port}"
    async with AsyncClient(api_key="key", base_url=base_url, max_retries=0) as client:
        with pytest.raises(threadkeep.APIConnectionError):
            await client.models.list()


async def test_a_server_that_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with AsyncClient(api_key="key", base_url=base_url, max_retries=0) as client:
            with pytest.raises(threadkeep.APITimeoutError, match="timed out"):
                await client.threads.create(timeout=0.05)


async def test_without_a_key_there_is_no_client(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(threadkeep.SettingsError, match="api_key"):
        AsyncClient()
