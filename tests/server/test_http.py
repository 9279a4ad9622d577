"""What every answer has, and what is answered where nothing is."""

from __future__ import annotations

import logging
import re
import socket
from urllib.parse import urlsplit

import pytest

from tests.support.conversation import new_assistant, new_thread
from tests.support.http import Http
from tests.support.running_server import RunningServer


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


@pytest.mark.parametrize("mount", ["/v1", "/openai", "/openai/v1"])
def test_the_api_is_served_at_each_of_its_addresses(
    shared_server: RunningServer, http: Http, mount
):
    thread = new_thread(Http(shared_server.url + mount, http.key))
    assert http.ok("GET", f"/threads/{thread}")["id"] == thread


def test_azure_clients_send_an_api_version(shared_server: RunningServer, http: Http):
    azure = Http(shared_server.url + "/openai", key=None, headers={"api-key": http.key or ""})
    assert azure.get("/assistants?api-version=2024-05-01-preview").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/assistants", 200),
        ("GET", "/threads/thread_x", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/threads", 405),
        ("POST", "/assistants", 400),
    ],
)
def test_every_answer_has_the_usual_headers(http: Http, method, path, status):
    answer = http.send(method, path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert re.fullmatch(r"req_[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.headers["openai-version"] == "2020-10-01"
    assert answer.headers["openai-processing-ms"].isdigit()
    assert "access-control-allow-origin" not in answer.headers


def test_streams_have_them_too(http: Http):
    assistant, thread = new_assistant(http), new_thread(http, "Hi")
    body = {"assistant_id": assistant, "stream": True}
    with http.stream(f"/threads/{thread}/runs", body) as stream:
        assert stream.headers["x-request-id"].startswith("req_")
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["cache-control"] == "no-cache"
        assert stream.headers["x-accel-buffering"] == "no"
        list(stream)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/foo"),
        ("DELETE", "/foo/bar"),
        ("POST", "/threads/"),
        ("GET", "/threads//messages"),
        ("GET", "/chat/completions"),
    ],
)
def test_an_address_that_is_none(http: Http, method, path):
    answer = http.send(method, path)
    assert answer.status == 404
    assert answer.error == {
        "message": f"Invalid URL ({method} /v1{path})",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_an_address_beside_the_api(shared_server: RunningServer):
    answer = Http(shared_server.url).get("/")
    assert (answer.status, answer.error["message"]) == (404, "Invalid URL (GET /)")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/threads/runs", "POST, OPTIONS"),
        ("PUT", "/threads/thread_1", "GET, POST, DELETE, HEAD, OPTIONS"),
        ("PATCH", "/assistants", "GET, POST, HEAD, OPTIONS"),
        ("DELETE", "/models", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_none(http: Http, method, path, allowed):
    answer = http.send(method, path)
    assert answer.status == 405
    assert answer.error["message"] == f"Invalid method for URL ({method} /v1{path})"
    assert answer.headers["allow"] == allowed


def test_head_tells_the_headers_of_get(http: Http):
    thread = new_thread(http)
    got, head = http.get(f"/threads/{thread}"), http.send("HEAD", f"/threads/{thread}")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert http.send("HEAD", "/threads/thread_none").status == 404


def test_options_tells_what_can_be_done(http: Http):
    answer = http.send("OPTIONS", "/threads/runs")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["allow"] == "POST, OPTIONS"


def test_a_failure_of_the_server_tells_nothing_but_an_id_that_is_in_the_log(
    http: Http, caplog, monkeypatch
):
    from threadkeep.engine.threads import Threads

    async def fail(*_: object) -> None:
        raise RuntimeError("the secret of the disk")

    monkeypatch.setattr(Threads, "create", fail)
    with caplog.at_level(logging.ERROR):
        answer = http.post("/threads", {})
    request_id = answer.headers["x-request-id"]
    assert answer.status == 500
    assert answer.error["type"] == "server_error"
    assert f"request ID {request_id}" in answer.error["message"]
    assert b"secret" not in answer.body
    [record] = [r for r in caplog.records if request_id in r.getMessage()]
    assert record.exc_info is not None
    assert "the secret of the disk" in str(record.exc_info[1])


def test_a_failure_beside_the_api_is_told_alike(shared_server: RunningServer, monkeypatch, caplog):
    from threadkeep.server.health import HealthPages

    async def fail(*_: object) -> None:
        raise RuntimeError("the secret of the disk")

    monkeypatch.setattr(HealthPages, "_models", fail)
    with caplog.at_level(logging.ERROR):
        answer = Http(shared_server.url).get("/health")
    assert (answer.status, answer.error["type"]) == (500, "server_error")
    assert b"secret" not in answer.body
    assert answer.headers["x-request-id"] in caplog.text


def test_each_request_is_one_line_in_the_log_without_secrets(http: Http, caplog):
    with caplog.at_level(logging.INFO, logger="threadkeep.access"):
        answer = http.get("/threads/thread_%0Aforged?token=hidden")
        http.get("/assistants")  # once this is answered, the line of the one before is written
    request_id = answer.headers["x-request-id"]
    [line] = [r.getMessage() for r in caplog.records if request_id in r.getMessage()]
    assert re.fullmatch(rf"{request_id} GET /v1/threads/thread_%0Aforged 404 \d+ ms", line)
    assert str(http.key) not in caplog.text
    assert "hidden" not in caplog.text


def test_a_body_that_is_too_long_is_not_read_to_its_end(http: Http, monkeypatch):
    monkeypatch.setattr("threadkeep.server.call.MAX_BODY_BYTES", 1000)
    for size, status in ((900, 200), (1001, 413), (300_000, 413)):
        body = b'{"metadata": {}}'.ljust(size)
        assert http.post("/threads", body).status == status
    answer = http.post("/threads", b" " * 2000)
    assert answer.error["message"] == "Maximum content size limit (1000) exceeded."


def test_a_caller_that_leaves_within_its_request_changes_nothing(http: Http, caplog):
    url = urlsplit(http.base_url)
    with caplog.at_level(logging.INFO, logger="threadkeep.access"):
        with socket.create_connection((url.hostname, url.port)) as connection:
            connection.sendall(
                b"POST /v1/assistants HTTP/1.1\r\nHost: x\r\n"
                b"Authorization: Bearer %s\r\n"
                % str(http.key).encode()
                + b'Content-Length: 100\r\n\r\n{"model": "gpt-4o"'
            )
        while "499" not in caplog.text:
            assert http.get("/assistants").json["data"] == []
    assert "499" in caplog.text
